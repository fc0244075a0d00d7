using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace ElasticJob.Events.Postgres;

/// <summary>
/// Text as PostgreSQL can hold it: without NUL and without halves of characters, both become U+FFFD. Output of jobs may hold anything, and one such
/// line must not keep all later events from being stored.
/// </summary>
internal static partial class PostgresText
{
    private const string EscapedNul = "\\u0000";
    private const char Replacement = '\uFFFD';

    public static string? Clean(string? text)
    {
        if (text is null || (!text.Contains('\0') && !text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')))
        {
            return text;
        }

        var clean = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length;)
        {
            OperationStatus status = Rune.DecodeFromUtf16(text.AsSpan(i), out Rune rune, out int used);
            clean.Append(status == OperationStatus.Done && rune.Value != 0 ? rune.ToString() : Replacement.ToString());
            i += used;
        }

        return clean.ToString();
    }

    /// <summary>JSON; its writer has replaced halves of characters and has escaped NUL.</summary>
    public static string? CleanJson(string? json) =>
        json is null || !json.Contains(EscapedNul, StringComparison.Ordinal) ? json : Nul().Replace(json, "$1\\ufffd");

    /// <summary>Whether JSON may have to be cleaned.</summary>
    public static bool HoldsNul(ReadOnlySpan<byte> json) => json.IndexOf("\\u0000"u8) >= 0;

    // After an even number of backslashes: otherwise the text itself says \u0000.
    [GeneratedRegex(@"(?<!\\)((?:\\\\)*)\\u0000", RegexOptions.CultureInvariant)]
    private static partial Regex Nul();
}
