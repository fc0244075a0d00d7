namespace ElasticJob.Scheduling.Definitions.Reading;

/// <summary>
/// Definitions are stored, shown and compared, so they must not hold secrets. What a name says is one must be a reference; the agent resolves it where the
/// executor starts.
/// </summary>
public static class SecretRule
{
    internal const string PasswordInAddress = "holds a user name or a password, and definitions are stored and shown; take it out of the address";

    private static readonly HashSet<string> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        "password", "passwd", "passphrase", "secret", "token", "apikey", "credential", "credentials", "privatekey",
    };

    private static readonly HashSet<string> SecretHeaders = new(StringComparer.OrdinalIgnoreCase) { "Authorization", "Proxy-Authorization", "Cookie", "X-Auth", "X-Auth-Key" };

    /// <summary>Whether a literal value must not stand there: the last word of the name, or the last two, say that it is a secret.</summary>
    public static bool Refuses(string name, string value)
    {
        string[] words = name.Split(['_', '-', '.', ':'], StringSplitOptions.RemoveEmptyEntries);
        return value.Length > 0 && words.Length > 0 && (IsSecret(words[^1]) || (words.Length > 1 && Words.Contains(words[^2] + words[^1])));
    }

    // PGPASSWORD and its like are one word.
    private static bool IsSecret(string word) => Words.Contains(word) || word.EndsWith("password", StringComparison.OrdinalIgnoreCase);

    internal static string Fault(string name) =>
        $"'{name}' names a secret, and definitions are stored and shown; give {{ fromFile: /path }} or {{ fromEnv: NAME }} instead of the value";

    internal static string FaultOfScript(string name) =>
        $"'{name}' names a secret, and definitions are stored and shown; set it in the environment of the app, with {{ fromFile: /path }} or {{ fromEnv: NAME }}";

    internal static string FaultOfHeader(string name) =>
        $"'{name}' carries a secret, and definitions are stored and shown; give {{ fromEnv: NAME }} (a variable of the app's environment) or {{ fromFile: /path }} instead of the value";

    /// <summary>Whether a literal value must not stand in a header of a request.</summary>
    internal static bool RefusesHeader(string name, string value) => value.Length > 0 && (SecretHeaders.Contains(name) || Refuses(name, value));

    /// <summary>Also a user alone: it is often a token, and no request is sent with it anyway.</summary>
    internal static bool HasPassword(string address) => Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri.UserInfo.Length > 0;
}
