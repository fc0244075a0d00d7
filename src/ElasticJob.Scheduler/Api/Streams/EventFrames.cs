using System.Buffers;
using System.Globalization;
using System.Text.Json;
using ElasticJob.Events;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Scheduler.Api.Streams;

/// <summary>Events that follow each other, as the bytes that Server-Sent Events send: written once, whoever reads them.</summary>
internal sealed class EventFrames
{
    private readonly IReadOnlyList<SchedulerEvent> events;
    private readonly int[] ends;
    private readonly byte[] bytes;

    /// <param name="events">At least one, oldest first.</param>
    public EventFrames(IReadOnlyList<SchedulerEvent> events)
    {
        this.events = events;
        ends = new int[events.Count];
        var buffer = new ArrayBufferWriter<byte>(512 * events.Count);
        using var json = new Utf8JsonWriter(buffer);
        Span<byte> number = stackalloc byte[20];
        for (int i = 0; i < events.Count; i++)
        {
            SchedulerEvent e = events[i];
            e.Sequence.TryFormat(number, out int digits, default, CultureInfo.InvariantCulture);
            buffer.Write("id: "u8);
            buffer.Write(number[..digits]);
            buffer.Write("\nevent: "u8);
            buffer.Write(System.Text.Encoding.UTF8.GetBytes(JsonNamingPolicy.CamelCase.ConvertName(e.Kind.ToString())));
            buffer.Write("\ndata: "u8);
            json.Reset();
            JsonSerializer.Serialize(json, e, ApiJson.Default.SchedulerEvent);
            buffer.Write("\n\n"u8);
            ends[i] = buffer.WrittenCount;
        }

        bytes = buffer.WrittenSpan.ToArray();
    }

    public long First => events[0].Sequence;

    public long Last => events[^1].Sequence;

    public int Length => bytes.Length;

    /// <summary>The frames of the events after <paramref name="position"/> that pass, as few pieces as there are.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Read(long position, EventFilter filter)
    {
        int from = 0;
        for (int i = 0; i < events.Count; i++)
        {
            int begin = i == 0 ? 0 : ends[i - 1];
            if (events[i].Sequence > position && Passes(events[i], filter))
            {
                continue;
            }

            if (begin > from)
            {
                yield return bytes.AsMemory(from, begin - from);
            }

            from = ends[i];
        }

        if (bytes.Length > from)
        {
            yield return bytes.AsMemory(from);
        }
    }

    private static bool Passes(SchedulerEvent e, EventFilter filter) =>
        (filter.Job is null || e.Job == filter.Job) && (filter.Run is null || e.Run == filter.Run) && (filter.Kinds.Count == 0 || filter.Kinds.Contains(e.Kind));
}
