using System.Buffers;
using System.Text;

namespace ElasticJob.Events.Postgres;

/// <summary>
/// Text as PostgreSQL can hold it: without NUL and without halves of characters, both become U+FFFD. Output of jobs may hold anything, and one such
/// line must not keep all later events from being stored.
/// </summary>
internal static class PostgresText
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
        json is null || !json.Contains(EscapedNul, StringComparison.Ordinal) ? json : json.Replace(EscapedNul, "\\ufffd", StringComparison.Ordinal);
}
