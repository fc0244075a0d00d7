using System.Buffers.Binary;
using System.Text;

namespace ElasticJob.ZooKeeper.Wire;

/// <summary>Reads one frame's body. Whatever does not fit is a broken stream: <see cref="InvalidDataException"/>.</summary>
internal ref struct JuteReader(ReadOnlySpan<byte> rest)
{
    private ReadOnlySpan<byte> rest = rest;

    public readonly int Remaining => rest.Length;

    public int Int() => BinaryPrimitives.ReadInt32BigEndian(Take(sizeof(int)));

    public long Long() => BinaryPrimitives.ReadInt64BigEndian(Take(sizeof(long)));

    public bool Bool() => Take(1)[0] != 0;

    public string Text()
    {
        int length = Int();
        return length <= 0 ? "" : Encoding.UTF8.GetString(Take(length));
    }

    /// <summary>A buffer of its own; null is told as empty.</summary>
    public byte[] Buffer()
    {
        int length = Int();
        return length <= 0 ? [] : Take(length).ToArray();
    }

    public string[] Texts()
    {
        string[] values = new string[Count()];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Text();
        }

        return values;
    }

    /// <summary>The length of a list. Each element takes at least four bytes, so that a broken number cannot ask for all memory.</summary>
    public int Count()
    {
        int count = Int();
        return count <= 0 ? 0 : count <= rest.Length / 4 ? count : throw new InvalidDataException($"A list of {count} elements in {rest.Length} bytes.");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > rest.Length)
        {
            throw new InvalidDataException($"{count} bytes are announced where {rest.Length} are left.");
        }

        ReadOnlySpan<byte> taken = rest[..count];
        rest = rest[count..];
        return taken;
    }
}
