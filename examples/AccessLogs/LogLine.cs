using System.Globalization;

namespace AccessLogs;

/// <summary>One line in the common log format: <c>host - - [21/Nov/2026:04:05:06 +0000] "GET /path HTTP/1.1" 200 1234</c>.</summary>
internal static class LogLine
{
    /// <summary>Takes hour (<c>21/Nov/2026:04</c>), status and bytes; a line of another form is passed over.</summary>
    public static bool TryParse(string line, out string hour, out int status, out long bytes)
    {
        hour = "";
        status = 0;
        bytes = 0;
        int bracket = line.IndexOf('[', StringComparison.Ordinal);
        int quote = line.LastIndexOf('"');
        if (bracket < 0 || bracket + 15 > line.Length || quote < 0)
        {
            return false;
        }

        string[] tail = line[(quote + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (tail.Length < 2 || !int.TryParse(tail[0], NumberStyles.None, CultureInfo.InvariantCulture, out status))
        {
            return false;
        }

        // "-" means no body.
        _ = long.TryParse(tail[1], NumberStyles.None, CultureInfo.InvariantCulture, out bytes);
        hour = line.Substring(bracket + 1, 14);
        return true;
    }
}
