using System.Buffers.Binary;

namespace ElasticJob.Local.Checkpoints;

/// <summary>
/// A file of records: <c>kind (1 byte) · length (4, little endian) · bytes</c>. Appends reach the page cache before they return, so they survive
/// the end of the process; a record cut short by it is ignored when read. (A power failure may cost the last seconds.)
/// </summary>
internal static class RecordFile
{
    private const int HeaderLength = 5;

    public static void Append(FileStream file, byte kind, ReadOnlySpan<byte> record)
    {
        Span<byte> whole = record.Length <= 1024 ? stackalloc byte[HeaderLength + record.Length] : new byte[HeaderLength + record.Length];
        whole[0] = kind;
        BinaryPrimitives.WriteInt32LittleEndian(whole[1..], record.Length);
        record.CopyTo(whole[HeaderLength..]);
        file.Write(whole);
    }

    public static IReadOnlyList<(byte Kind, byte[] Record)> Read(string path)
    {
        List<(byte, byte[])> records = [];
        if (!File.Exists(path))
        {
            return records;
        }

        ReadOnlySpan<byte> rest = File.ReadAllBytes(path);
        while (rest.Length >= HeaderLength)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(rest[1..]);
            if (length < 0 || rest.Length < HeaderLength + length)
            {
                break;
            }

            records.Add((rest[0], rest.Slice(HeaderLength, length).ToArray()));
            rest = rest[(HeaderLength + length)..];
        }

        return records;
    }

    /// <summary>Replaces the file as a whole: a reader sees the old or the new one.</summary>
    public static void Replace(string path, IEnumerable<(byte Kind, byte[] Record)> records)
    {
        string next = path + ".next";
        using (var file = new FileStream(next, FileMode.Create, FileAccess.Write, FileShare.None, 64 * 1024))
        {
            foreach ((byte kind, byte[] record) in records)
            {
                Append(file, kind, record);
            }
        }

        File.Move(next, path, overwrite: true);
    }
}
