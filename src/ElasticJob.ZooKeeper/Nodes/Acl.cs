using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using ElasticJob.ZooKeeper.Wire;

namespace ElasticJob.ZooKeeper;

/// <summary>One entry of a node's access control list. ACLs are not inherited: each node has its own.</summary>
/// <param name="Permissions">What is allowed.</param>
/// <param name="Scheme"><c>world</c>, <c>auth</c>, <c>digest</c>, <c>ip</c>, <c>x509</c>, …</param>
/// <param name="Id">To whom, in the words of the scheme.</param>
public sealed record Acl(Permissions Permissions, string Scheme, string Id)
{
    /// <summary>Anyone may do <paramref name="permissions"/>.</summary>
    public static Acl World(Permissions permissions) => new(permissions, "world", "anyone");

    /// <summary>The identities with which the creating session has authenticated may do <paramref name="permissions"/>.</summary>
    public static Acl Creator(Permissions permissions) => new(permissions, "auth", "");

    /// <summary>Whoever knows the password of <paramref name="user"/> may do <paramref name="permissions"/>.</summary>
    public static Acl Digest(string user, string password, Permissions permissions) => new(permissions, "digest", DigestId(user, password));

    /// <summary>Clients of an address or a network, such as <c>10.0.0.0/8</c>, may do <paramref name="permissions"/>.</summary>
    public static Acl Ip(string address, Permissions permissions) => new(permissions, "ip", address);

    /// <summary>The id under which the scheme <c>digest</c> keeps a user: <c>user:base64(sha1(user:password))</c>.</summary>
    [SuppressMessage("Security", "CA5350", Justification = "ZooKeeper's digest scheme is defined with SHA-1.")]
    public static string DigestId(string user, string password)
    {
        ArgumentException.ThrowIfNullOrEmpty(user);
        ArgumentNullException.ThrowIfNull(password);
        return $"{user}:{Convert.ToBase64String(SHA1.HashData(Encoding.UTF8.GetBytes($"{user}:{password}")))}";
    }

    internal static void Write(JuteWriter writer, IReadOnlyList<Acl> acl)
    {
        writer.Int(acl.Count);
        foreach (Acl entry in acl)
        {
            writer.Int((int)entry.Permissions);
            writer.Text(entry.Scheme);
            writer.Text(entry.Id);
        }
    }

    internal static Acl[] Read(ref JuteReader reader)
    {
        var acl = new Acl[reader.Count()];
        for (int i = 0; i < acl.Length; i++)
        {
            acl[i] = new Acl((Permissions)reader.Int(), reader.Text(), reader.Text());
        }

        return acl;
    }
}
