using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;

namespace ElasticJob.Scheduler.Access;

/// <summary>
/// Passwords as they are kept: PBKDF2 with HMAC-SHA-256, 600,000 rounds (OWASP's figure) and a salt of 16 bytes, as
/// <c>pbkdf2-sha256$ROUNDS$SALT$HASH</c>.
/// </summary>
internal static class PasswordHash
{
    public const int Rounds = 600_000;
    private const int Bytes = 32;
    private const string Scheme = "pbkdf2-sha256";

    public static string Of(string password)
    {
        byte[] salt = RandomNumberGenerator.GetBytes(16);
        byte[] hash = Rfc2898DeriveBytes.Pbkdf2(password, salt, Rounds, HashAlgorithmName.SHA256, Bytes);
        return string.Create(CultureInfo.InvariantCulture, $"{Scheme}${Rounds}${Base64Url.EncodeToString(salt)}${Base64Url.EncodeToString(hash)}");
    }

    /// <summary>Whether a password is the kept one. Without a kept one it takes as long and says no, so that nobody learns which users there are.</summary>
    public static bool Verify(string password, string? kept)
    {
        string[] parts = (kept ?? $"{Scheme}${Rounds}$AAAAAAAAAAAAAAAAAAAAAA$AAAA").Split('$');
        if (parts is not [Scheme, var rounds, var salt, var hash] || !int.TryParse(rounds, NumberStyles.None, CultureInfo.InvariantCulture, out int count))
        {
            return false;
        }

        byte[] actual = Rfc2898DeriveBytes.Pbkdf2(password, Base64Url.DecodeFromChars(salt), count, HashAlgorithmName.SHA256, Bytes);
        return CryptographicOperations.FixedTimeEquals(actual, Base64Url.DecodeFromChars(hash)) && kept is not null;
    }
}
