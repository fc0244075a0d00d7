using System.Text;

namespace ElasticJob.Scheduler.Api.Cloud;

/// <summary>
/// What ElasticJob Cloud's reader took beside JSON, and its own examples use: names of members without quotes, and <c>=</c> instead of <c>:</c> after
/// them.
/// </summary>
internal static class LenientJson
{
    /// <summary>The text as JSON; anything else that is not JSON stays as it is, for the reader to refuse.</summary>
    public static string ToJson(string text)
    {
        var json = new StringBuilder(text.Length + 16);
        bool name = false;
        int at = 0;
        while (at < text.Length)
        {
            char c = text[at];
            int end = at + 1;
            if (c == '"')
            {
                end = EndOfText(text, at);
                json.Append(text, at, end - at);
                name = name && AppendColon();
            }
            else if (name && (char.IsAsciiLetter(c) || c == '_'))
            {
                while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '_' or '.'))
                {
                    end++;
                }

                json.Append('"').Append(text, at, end - at).Append('"');
                name = AppendColon();
            }
            else
            {
                name = c is '{' or ',' || (name && char.IsWhiteSpace(c));
                json.Append(c);
            }

            at = end;

            // A name is followed by a colon, or by what stands for it; then comes its value.
            bool AppendColon()
            {
                int next = end;
                while (next < text.Length && char.IsWhiteSpace(text[next]))
                {
                    next++;
                }

                if (next < text.Length && text[next] is '=' or ':')
                {
                    json.Append(':');
                    end = next + 1;
                }

                return false;
            }
        }

        return json.ToString();
    }

    private static int EndOfText(string text, int start)
    {
        for (int i = start + 1; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == '"')
            {
                return i + 1;
            }
        }

        return text.Length;
    }
}
