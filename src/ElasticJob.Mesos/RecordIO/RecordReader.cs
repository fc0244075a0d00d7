using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace ElasticJob.Mesos.RecordIO;

/// <summary>
/// Reads the frames of a Mesos event stream: <c>&lt;length in ASCII decimal&gt;\n&lt;length bytes&gt;</c>, repeated until the stream
/// ends. Source: Mesos, "Scheduler HTTP API", RecordIO response format.
/// </summary>
public static class RecordReader
{
    /// <summary>A frame longer than this is taken for a broken stream: 128 MiB.</summary>
    public const int LongestRecord = 128 * 1024 * 1024;

    private const int LongestHeader = 20;

    /// <summary>Yields the records of <paramref name="stream"/>; each is valid until the next one is asked for.</summary>
    /// <param name="stream">A stream positioned at the start of a record; it is not closed.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="InvalidDataException">A header is not a decimal number, or a record is too long.</exception>
    /// <exception cref="EndOfStreamException">The stream ended inside a record.</exception>
    public static async IAsyncEnumerable<ReadOnlySequence<byte>> ReadAsync(
        Stream stream,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        PipeReader reader = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));
        try
        {
            while (true)
            {
                ReadResult result = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                ReadOnlySequence<byte> buffer = result.Buffer;
                while (TryRead(buffer, out ReadOnlySequence<byte> record, out SequencePosition next))
                {
                    yield return record;
                    buffer = buffer.Slice(next);
                }

                if (result.IsCompleted)
                {
                    if (!buffer.IsEmpty)
                    {
                        throw new EndOfStreamException("The event stream ended in the middle of a record.");
                    }

                    yield break;
                }

                reader.AdvanceTo(buffer.Start, buffer.End);
            }
        }
        finally
        {
            await reader.CompleteAsync().ConfigureAwait(false);
        }
    }

    private static bool TryRead(ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> record, out SequencePosition next)
    {
        record = default;
        next = default;
        if (buffer.PositionOf((byte)'\n') is not { } newline)
        {
            return buffer.Length <= LongestHeader
                ? false
                : throw new InvalidDataException("A record header is longer than any length: this is not a RecordIO stream.");
        }

        long length = ReadLength(buffer.Slice(0, newline));
        ReadOnlySequence<byte> rest = buffer.Slice(buffer.GetPosition(1, newline));
        if (rest.Length < length)
        {
            return false;
        }

        record = rest.Slice(0, length);
        next = record.End;
        return true;
    }

    private static long ReadLength(ReadOnlySequence<byte> header)
    {
        long length = 0;
        if (header.IsEmpty || header.Length > LongestHeader)
        {
            throw new InvalidDataException("A record has no length.");
        }

        foreach (ReadOnlyMemory<byte> segment in header)
        {
            foreach (byte digit in segment.Span)
            {
                if (digit is < (byte)'0' or > (byte)'9')
                {
                    throw new InvalidDataException($"A record header holds the byte 0x{digit:x2} instead of a decimal digit.");
                }

                length = (length * 10) + (digit - '0');
                if (length > LongestRecord)
                {
                    throw new InvalidDataException($"A record says it is longer than {LongestRecord} bytes.");
                }
            }
        }

        return length;
    }
}
