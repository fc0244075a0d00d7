namespace ElasticJob.Scheduling.State;

/// <summary>A record that the state store keeps for others than the core: it commits it, fenced, with its own and never looks inside.</summary>
/// <param name="Key">Path of the record; begins with <see cref="Prefix"/>.</param>
/// <param name="Before">The bytes that the caller saw; <see langword="null"/> when there was no such record.</param>
/// <param name="Value">Its new bytes; <see langword="null"/> deletes it.</param>
public sealed record KeptRecord(string Key, byte[]? Before, byte[]? Value)
{
    /// <summary>Beginning of the keys that are free for others.</summary>
    public const string Prefix = "access/";
}
