using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using ElasticJob.Scheduling.Events;
using Npgsql;

namespace ElasticJob.Events.Postgres;

/// <summary>
/// Sends events as rows in the binary format of COPY: a signature, then for each row the number of its fields and for each field its length and its
/// bytes, everything in network order, and an end mark. Rows are encoded straight into the bytes that are sent, a part at a time: while the server stores one part the next one
/// is encoded. See https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format".
/// </summary>
internal sealed class EventCopy : IDisposable
{
    private const int PartSize = 48 * 1024;
    private const short FieldCount = 9;
    private const short EndMark = -1;
    private const int Null = -1;
    private static readonly byte[] Signature = [.. "PGCOPY\n"u8, 0xff, .. "\r\n\0"u8];
    private static readonly DateTime Epoch = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly ArrayBufferWriter<byte> part = new(PartSize + (16 * 1024));
    private readonly ArrayBufferWriter<byte> json = new(1024);
    private readonly Utf8JsonWriter writer;

    public EventCopy() => writer = new Utf8JsonWriter(json, new JsonWriterOptions { SkipValidation = true });

    public async Task SendAsync(NpgsqlConnection connection, IEnumerable<SchedulerEvent> events, CancellationToken cancellationToken)
    {
        NpgsqlRawCopyStream stream = await connection.BeginRawBinaryCopyAsync(
            "copy events(sequence, at, kind, app, job, run, shard, task, detail) from stdin (format binary)", cancellationToken).ConfigureAwait(false);
        try
        {
            // The signature, no flags, no extension.
            part.Write(Signature);
            Integer(0);
            Integer(0);
            foreach (SchedulerEvent e in events)
            {
                Row(e);
                if (part.WrittenCount > PartSize)
                {
                    await stream.WriteAsync(part.WrittenMemory, cancellationToken).ConfigureAwait(false);
                    part.ResetWrittenCount();
                }
            }

            Short(EndMark);
            await stream.WriteAsync(part.WrittenMemory, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await stream.CancelAsync().ConfigureAwait(false);
            throw;
        }

        // Waits until the server has stored all rows.
        await stream.DisposeAsync().ConfigureAwait(false);
    }

    public void Dispose() => writer.Dispose();

    private void Row(SchedulerEvent e)
    {
        Short(FieldCount);
        Long(e.Sequence);
        Long((EventText.Cut(e.At).UtcDateTime - Epoch).Ticks / TimeSpan.TicksPerMicrosecond);
        Text(EventText.Name(e.Kind));
        Text(e.App);
        Text(e.Job);
        Text(e.Run);
        Shard(e.Shard);
        Text(e.Task);
        Detail(e);
    }

    private void Short(short value)
    {
        BinaryPrimitives.WriteInt16BigEndian(part.GetSpan(sizeof(short)), value);
        part.Advance(sizeof(short));
    }

    private void Integer(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(part.GetSpan(sizeof(int)), value);
        part.Advance(sizeof(int));
    }

    private void Long(long value)
    {
        Integer(sizeof(long));
        BinaryPrimitives.WriteInt64BigEndian(part.GetSpan(sizeof(long)), value);
        part.Advance(sizeof(long));
    }

    private void Shard(int? shard)
    {
        if (shard is { } item)
        {
            Integer(sizeof(int));
            Integer(item);
        }
        else
        {
            Integer(Null);
        }
    }

    private void Text(string? text)
    {
        if (PostgresText.Clean(text) is not { } clean)
        {
            Integer(Null);
            return;
        }

        Integer(Encoding.UTF8.GetByteCount(clean));
        Encoding.UTF8.GetBytes(clean, part);
    }

    private void Detail(SchedulerEvent e)
    {
        json.ResetWrittenCount();
        writer.Reset();
        EventJson.WriteDetail(writer, e);
        if (PostgresText.HoldsNul(json.WrittenSpan))
        {
            Text(PostgresText.CleanJson(Encoding.UTF8.GetString(json.WrittenSpan)));
            return;
        }

        Integer(json.WrittenCount);
        part.Write(json.WrittenSpan);
    }
}
