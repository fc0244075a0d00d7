using System.Text;
using ElasticJob.ZooKeeper.Wire;

namespace ElasticJob.ZooKeeper;

/// <summary>Credentials that are shown to every server the session is attached to.</summary>
public sealed class Authentication
{
    /// <summary>With the bytes that the scheme wants.</summary>
    public Authentication(string scheme, ReadOnlyMemory<byte> credentials)
    {
        ArgumentException.ThrowIfNullOrEmpty(scheme);
        Scheme = scheme;
        Credentials = credentials;
    }

    /// <summary>The scheme, such as <c>digest</c>.</summary>
    public string Scheme { get; }

    internal ReadOnlyMemory<byte> Credentials { get; }

    /// <summary>A user with a password. The server takes any; a wrong password shows when a node's ACL refuses an operation.</summary>
    public static Authentication Digest(string user, string password)
    {
        ArgumentException.ThrowIfNullOrEmpty(user);
        return user.Contains(':')
            ? throw new ArgumentException("A user of the scheme digest cannot hold a colon.", nameof(user))
            : new Authentication("digest", Encoding.UTF8.GetBytes($"{user}:{password}"));
    }

    /// <summary>The scheme; never the credentials.</summary>
    public override string ToString() => $"{Scheme}:***";

    internal void Write(JuteWriter writer)
    {
        writer.Int(0);
        writer.Text(Scheme);
        writer.Buffer(Credentials.Span);
    }
}
