using System.Buffers;
using System.Buffers.Binary;

namespace ElasticJob.ZooKeeper.Wire;

/// <summary>Cuts the stream of one connection into frames, in one pooled buffer.</summary>
internal sealed class FrameReader(Stream stream, int maxFrame) : IDisposable
{
    private byte[] buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
    private int start;
    private int end;

    /// <summary>The body of the next frame that is already here.</summary>
    public bool TryRead(out ReadOnlySpan<byte> frame)
    {
        frame = default;
        int have = end - start;
        if (have < sizeof(int))
        {
            return false;
        }

        int length = BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(start));
        if (length < 0 || length > maxFrame)
        {
            throw new InvalidDataException($"A frame of {length} bytes is announced; the limit is {maxFrame}. Is this a ZooKeeper client port, and one that matches the TLS setting?");
        }

        if (have - sizeof(int) < length)
        {
            MakeRoom(length + sizeof(int));
            return false;
        }

        frame = buffer.AsSpan(start + sizeof(int), length);
        start += length + sizeof(int);
        return true;
    }

    /// <summary>Waits for more bytes; false at the end of the stream.</summary>
    public async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        MakeRoom(end - start + 1);
        int read = await stream.ReadAsync(buffer.AsMemory(end), cancellationToken).ConfigureAwait(false);
        end += read;
        return read > 0;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
        start = end = 0;
    }

    /// <summary>Makes the unread bytes the first ones, in a buffer that holds at least <paramref name="needed"/>.</summary>
    private void MakeRoom(int needed)
    {
        if (start == end)
        {
            start = end = 0;
        }

        if (buffer.Length - start >= needed && end < buffer.Length)
        {
            return;
        }

        byte[] target = needed > buffer.Length ? ArrayPool<byte>.Shared.Rent(needed) : buffer;
        buffer.AsSpan(start, end - start).CopyTo(target);
        (start, end) = (0, end - start);
        if (target != buffer)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = target;
        }
    }
}
