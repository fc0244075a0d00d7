using System.Text.Json;
using System.Text.Json.Serialization;
using ElasticJob.Events;
using ElasticJob.Scheduling.Events;

namespace Example.Sinks;

/// <summary>Appends each event as a line of JSON; the file is the memory of how far it got.</summary>
public sealed class JsonLinesSink : IEventSink
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly string path;
    private FileStream? file;
    private long last;

    /// <param name="settings">The member <c>settings</c> of the configuration; nothing is touched before the sink is opened.</param>
    public JsonLinesSink(JsonElement settings) =>
        path = settings.TryGetProperty("file", out JsonElement name) && name.GetString() is { Length: > 0 } text
            ? text
            : throw new ArgumentException("file: is missing; say where the lines go");

    /// <inheritdoc/>
    public string Name => "json-lines";

    /// <inheritdoc/>
    public async ValueTask<long> OpenAsync(CancellationToken cancellationToken)
    {
        // Called again after a failure, and when another scheduler has led meanwhile.
        await DisposeAsync();
        file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        long whole = 0;
        last = 0;
        using (var reader = new StreamReader(file, leaveOpen: true))
        {
            while (await reader.ReadLineAsync(cancellationToken) is { } line)
            {
                long end = whole + reader.CurrentEncoding.GetByteCount(line) + 1;
                if (end > file.Length)
                {
                    // Half a line, from a crash: it is written over.
                    break;
                }

                whole = end;
                last = JsonDocument.Parse(line).RootElement.GetProperty("sequence").GetInt64();
            }
        }

        file.SetLength(whole);
        file.Position = whole;
        return last;
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(IReadOnlyList<SchedulerEvent> events, CancellationToken cancellationToken)
    {
        FileStream open = file ?? throw new InvalidOperationException("The sink is not open.");
        long written = open.Position;
        try
        {
            foreach (SchedulerEvent e in events.Where(e => e.Sequence > last))     // repetition is harmless
            {
                await open.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(e, Json), cancellationToken);
                open.WriteByte((byte)'\n');
            }

            open.Flush(flushToDisk: true);                                         // now they may be forgotten elsewhere
            last = Math.Max(last, events[^1].Sequence);
        }
        catch
        {
            // The batch comes again, so none of it may be there.
            open.SetLength(written);
            open.Position = written;
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => file?.DisposeAsync() ?? ValueTask.CompletedTask;
}
