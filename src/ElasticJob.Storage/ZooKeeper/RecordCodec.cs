using System.IO.Compression;
using System.Text;
using ElasticJob.Scheduling.State;

namespace ElasticJob.Storage.ZooKeeper;

/// <summary>
/// Records as bytes: a byte that tells whether the rest is compressed (zlib), then for each record its key and its value; length −1 deletes.
/// </summary>
internal static class RecordCodec
{
    private const byte Plain = 0;
    private const byte Compressed = 1;

    /// <summary>From this many bytes on compression pays.</summary>
    public const int WorthCompressing = 512;

    public static byte[] Encode(IEnumerable<Mutation> records, int compressFrom)
    {
        using var plain = new MemoryStream();
        plain.WriteByte(Plain);
        using (var writer = new BinaryWriter(plain, Encoding.UTF8, leaveOpen: true))
        {
            foreach ((string key, byte[]? value) in records)
            {
                writer.Write(key);
                writer.Write(value?.Length ?? -1);
                if (value is not null)
                {
                    writer.Write(value);
                }
            }
        }

        if (plain.Length < compressFrom)
        {
            return plain.ToArray();
        }

        using var small = new MemoryStream();
        small.WriteByte(Compressed);
        using (var zip = new ZLibStream(small, CompressionLevel.Fastest, leaveOpen: true))
        {
            zip.Write(plain.GetBuffer().AsSpan(1, (int)plain.Length - 1));
        }

        return small.ToArray();
    }

    public static void Fold(byte[] bytes, Dictionary<string, byte[]> into)
    {
        using Stream stream = bytes[0] == Compressed
            ? new BufferedStream(new ZLibStream(new MemoryStream(bytes, 1, bytes.Length - 1), CompressionMode.Decompress), 64 * 1024)
            : new MemoryStream(bytes, 1, bytes.Length - 1);
        using var reader = new BinaryReader(stream, Encoding.UTF8);
        while (TryReadKey(stream, reader, out string? key))
        {
            int length = reader.ReadInt32();
            if (length < 0)
            {
                into.Remove(key);
            }
            else
            {
                byte[] value = reader.ReadBytes(length);
                into[key] = value.Length == length ? value : throw new EndOfStreamException();
            }
        }
    }

    /// <summary>Keys are never empty, so that a first length byte of -1 is the end.</summary>
    private static bool TryReadKey(Stream stream, BinaryReader reader, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? key)
    {
        key = null;
        int first = stream.ReadByte();
        if (first < 0)
        {
            return false;
        }

        int length = first & 0x7f;
        for (int shift = 7; (first & 0x80) != 0; shift += 7)
        {
            first = reader.ReadByte();
            length |= (first & 0x7f) << shift;
        }

        key = Encoding.UTF8.GetString(reader.ReadBytes(length));
        return true;
    }
}
