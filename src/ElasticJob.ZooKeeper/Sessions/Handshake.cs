using ElasticJob.ZooKeeper.Wire;

namespace ElasticJob.ZooKeeper.Sessions;

/// <summary>The server's answer to the first frame.</summary>
/// <param name="Timeout">Negotiated session timeout; zero if the session has expired.</param>
/// <param name="Key">Id and password of the session.</param>
/// <param name="ReadOnly">Whether the server has no majority.</param>
internal sealed record Handshake(TimeSpan Timeout, SessionKey Key, bool ReadOnly)
{
    public static void WriteRequest(JuteWriter writer, long lastZxid, TimeSpan timeout, SessionKey? key, bool allowReadOnly)
    {
        int frame = writer.BeginFrame();
        writer.Int(0);
        writer.Long(lastZxid);
        writer.Int((int)timeout.TotalMilliseconds);
        writer.Long(key?.Id ?? 0);
        writer.Buffer(key?.Password ?? new byte[16]);
        writer.Bool(allowReadOnly);
        writer.EndFrame(frame);
    }

    public static Handshake Read(ReadOnlySpan<byte> frame)
    {
        var reader = new JuteReader(frame);
        reader.Int();
        int timeout = reader.Int();
        long id = reader.Long();
        byte[] password = reader.Buffer();

        // Servers before 3.4 do not say whether they are read-only.
        return new Handshake(TimeSpan.FromMilliseconds(Math.Max(timeout, 0)), new SessionKey(id, password), reader.Remaining > 0 && reader.Bool());
    }
}
