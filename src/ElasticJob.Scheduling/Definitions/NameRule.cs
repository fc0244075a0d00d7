using System.Diagnostics.CodeAnalysis;

namespace ElasticJob.Scheduling.Definitions;

/// <summary>The rule for names of apps and jobs; they become parts of task ids, file names and addresses.</summary>
internal static class NameRule
{
    public const int Longest = 100;

    public static bool IsName([NotNullWhen(true)] string? text)
    {
        if (string.IsNullOrEmpty(text) || text.Length > Longest || !char.IsAsciiLetterOrDigit(text[0]) || !char.IsAsciiLetterOrDigit(text[^1]))
        {
            return false;
        }

        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-'))
            {
                return false;
            }
        }

        return true;
    }

    public static string Fault(string? text) =>
        $"'{text}' is not a name: use letters, digits, '.', '_' and '-', beginning and ending with a letter or digit, at most {Longest} characters";
}
