using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ElasticJob.Scheduler.Access;

/// <summary>Random secrets of 256 bits, and what is kept of them. A digest without salt is enough: nobody can guess what to hash.</summary>
internal static class Secret
{
    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>A short random name; not secret.</summary>
    public static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));

    public static string Digest(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>Whether a secret has the digest; takes as long for a wrong one as for a right one.</summary>
    public static bool Has(string secret, string digest) => Same(Digest(secret), digest);

    public static bool Same(string given, string wanted) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(wanted));

    /// <summary>What a page must send along with a session's cookie to change something: another site can make a browser send the cookie, but cannot know this.</summary>
    public static string CsrfOf(string session) => Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(session), "elasticjob csrf"u8));
}
