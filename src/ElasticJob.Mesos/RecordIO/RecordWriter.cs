using System.Buffers;
using System.Buffers.Text;

namespace ElasticJob.Mesos.RecordIO;

/// <summary>Writes RecordIO frames.</summary>
public static class RecordWriter
{
    /// <summary>Appends one record with its header to <paramref name="output"/>; the caller flushes.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> record)
    {
        Span<byte> header = output.GetSpan(12);
        if (!Utf8Formatter.TryFormat(record.Length, header, out int written))
        {
            throw new InvalidOperationException("A record length did not fit into its header.");
        }

        header[written] = (byte)'\n';
        output.Advance(written + 1);
        output.Write(record);
    }
}
