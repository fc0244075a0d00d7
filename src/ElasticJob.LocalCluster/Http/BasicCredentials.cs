using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace ElasticJob.Local.Http;

/// <summary>HTTP Basic against the cluster's credentials.</summary>
internal sealed class BasicCredentials(IReadOnlyList<ClusterCredential> credentials, string realm)
{
    /// <summary>The principal of the caller; null where nobody has to name one.</summary>
    /// <exception cref="CallRefusedException">401: no or wrong credentials.</exception>
    public string? Authenticate(HttpContext context)
    {
        if (credentials.Count == 0)
        {
            return null;
        }

        string header = context.Request.Headers.Authorization.ToString();
        if (header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase) && Decode(header[6..]) is { } given)
        {
            foreach (ClusterCredential credential in credentials)
            {
                byte[] expected = SHA256.HashData(Encoding.UTF8.GetBytes($"{credential.Principal}:{credential.Secret}"));
                if (CryptographicOperations.FixedTimeEquals(expected, SHA256.HashData(given)))
                {
                    return credential.Principal;
                }
            }
        }

        context.Response.Headers.WWWAuthenticate = $"Basic realm=\"{realm}\"";
        throw new CallRefusedException(401, "The call needs a valid principal and secret (HTTP Basic).");
    }

    private static byte[]? Decode(string text)
    {
        try
        {
            return Convert.FromBase64String(text.Trim());
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
