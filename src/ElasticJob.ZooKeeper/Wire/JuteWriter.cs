using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace ElasticJob.ZooKeeper.Wire;

/// <summary>
/// Writes frames in ZooKeeper's encoding into one pooled, growing buffer. Numbers are big-endian; text and buffers carry their length as an int,
/// −1 for null; a frame is a length and its body.
/// </summary>
internal sealed class JuteWriter : IDisposable
{
    private const int KeptCapacity = 256 * 1024;
    private byte[] buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => buffer.AsMemory(0, Length);

    /// <summary>Forgets what was written, and gives a buffer back that one large request made large.</summary>
    public void Clear()
    {
        Length = 0;
        if (buffer.Length > KeptCapacity)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        }
    }

    public int BeginFrame()
    {
        int at = Length;
        Int(0);
        return at;
    }

    /// <summary>Ends the frame begun at <paramref name="at"/> and returns the length of its body.</summary>
    public int EndFrame(int at)
    {
        int body = Length - at - sizeof(int);
        BinaryPrimitives.WriteInt32BigEndian(buffer.AsSpan(at), body);
        return body;
    }

    /// <summary>Drops all from <paramref name="length"/> on.</summary>
    public void CutTo(int length) => Length = length;

    public void Int(int value) => BinaryPrimitives.WriteInt32BigEndian(Take(sizeof(int)), value);

    public void Long(long value) => BinaryPrimitives.WriteInt64BigEndian(Take(sizeof(long)), value);

    public void Bool(bool value) => Take(1)[0] = value ? (byte)1 : (byte)0;

    public void Text(string? value)
    {
        if (value is null)
        {
            Int(-1);
            return;
        }

        int length = Encoding.UTF8.GetByteCount(value);
        Int(length);
        Encoding.UTF8.GetBytes(value, Take(length));
    }

    public void Buffer(ReadOnlySpan<byte> value)
    {
        Int(value.Length);
        value.CopyTo(Take(value.Length));
    }

    public void Texts(IReadOnlyCollection<string> values)
    {
        Int(values.Count);
        foreach (string value in values)
        {
            Text(value);
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
        Length = 0;
    }

    private Span<byte> Take(int count)
    {
        if (buffer.Length - Length < count)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(checked(Math.Max(buffer.Length * 2, Length + count)));
            buffer.AsSpan(0, Length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }

        Span<byte> taken = buffer.AsSpan(Length, count);
        Length += count;
        return taken;
    }
}
