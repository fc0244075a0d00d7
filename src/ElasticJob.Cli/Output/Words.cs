using System.Text;

namespace ElasticJob.Cli.Output;

/// <summary>The API's names as words: <c>timedOut</c> → <c>timed out</c>.</summary>
internal static class Words
{
    public static string? Outcome(string? name) => name is null ? null : Of(name);

    public static string Of(string name)
    {
        var words = new StringBuilder();
        foreach (char c in name)
        {
            words.Append(char.IsAsciiLetterUpper(c) && words.Length > 0 ? $" {char.ToLowerInvariant(c)}" : c.ToString());
        }

        return words.ToString();
    }
}
