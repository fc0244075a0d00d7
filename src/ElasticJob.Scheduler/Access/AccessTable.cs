using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ElasticJob.Scheduling.State;

namespace ElasticJob.Scheduler.Access;

/// <summary>The records of one kind as they are durable at one moment, each with its bytes: a change names the bytes that it rests on.</summary>
internal sealed record AccessTable<T>(string Prefix, JsonTypeInfo<T> Type, Func<T, string> KeyOf, ImmutableDictionary<string, (T Record, byte[] Bytes)> Rows)
    where T : class
{
    public IEnumerable<T> All => Rows.Values.Select(row => row.Record);

    public int Count => Rows.Count;

    public T? Find(string key) => Rows.TryGetValue(key, out (T Record, byte[]) row) ? row.Record : null;

    /// <summary>The change that stores a record over what is there now.</summary>
    public KeptRecord Put(T record) => new(Prefix + KeyOf(record), BytesOf(KeyOf(record)), JsonSerializer.SerializeToUtf8Bytes(record, Type));

    /// <summary>The change that removes a record as it is now.</summary>
    public KeptRecord Remove(T record) => new(Prefix + KeyOf(record), BytesOf(KeyOf(record)), null);

    /// <summary>No change, but the others of its batch happen only if this record is still what it is now.</summary>
    public KeptRecord Demand(T record) => new(Prefix + KeyOf(record), BytesOf(KeyOf(record)), BytesOf(KeyOf(record)));

    /// <exception cref="StateFormatException">The record cannot be read.</exception>
    public AccessTable<T> With(Mutation mutation)
    {
        string key = mutation.Key[Prefix.Length..];
        if (mutation.Value is not { } bytes)
        {
            return this with { Rows = Rows.Remove(key) };
        }

        try
        {
            return this with { Rows = Rows.SetItem(key, (JsonSerializer.Deserialize(bytes, Type) ?? throw new JsonException("It is null."), bytes)) };
        }
        catch (JsonException e)
        {
            throw new StateFormatException($"The stored record '{mutation.Key}' cannot be read: {e.Message}", e);
        }
    }

    private byte[]? BytesOf(string key) => Rows.TryGetValue(key, out (T, byte[] Bytes) row) ? row.Bytes : null;
}
