using System.Text;
using System.Text.RegularExpressions;

namespace ElasticJob.Scheduler.Crontabs;

/// <summary>Finds a readable name for a command: that of the program it is about, past everything that only prepares it.</summary>
internal sealed partial class JobNaming
{
    private static readonly HashSet<string> Wrappers = new(StringComparer.Ordinal)
    {
        "sudo", "nice", "ionice", "env", "exec", "flock", "timeout", "chronic", "nohup", "time", "command", "setsid", "chrt", "stdbuf", "cronic", "do", "then", "if",
    };

    private static readonly HashSet<string> Tests = new(StringComparer.Ordinal) { "cd", "test", "[", "[[", "export", "umask", "sleep", "source", ".", ":", "true", "set", "mkdir" };

    /// <summary>Their argument says more than they do.</summary>
    private static readonly HashSet<string> Interpreters = new(StringComparer.Ordinal)
    {
        "sh", "bash", "dash", "zsh", "ksh", "python", "python2", "python3", "perl", "php", "ruby", "node", "java", "dotnet", "Rscript", "lua", "run-parts", "make",
    };

    private readonly HashSet<string> taken = new(StringComparer.Ordinal);

    /// <summary>A name for the command at a line. The first command of a program gets its bare name, later ones the number of their line with it.</summary>
    public string NameFor(string command, int line)
    {
        string name = Cleaned(ProgramOf(command));
        if (name.Length == 0)
        {
            name = $"line{line}";
        }

        if (!taken.Add(name))
        {
            name = $"{name}-line{line}";
            taken.Add(name);
        }

        return name;
    }

    private static string ProgramOf(string command)
    {
        foreach (string part in Parts(command))
        {
            string[] words = [.. Word().Matches(part).Select(m => m.Value.Trim('"', '\'', '(', ')', '{', '}', ';'))];
            int at = 0;
            while (at < words.Length && (words[at].Length == 0 || Assignment().IsMatch(words[at]) || words[at] == "!"))
            {
                at++;
            }

            if (at < words.Length && Tests.Contains(Base(words[at])))
            {
                continue;
            }

            while (at < words.Length && Wrappers.Contains(Base(words[at])))
            {
                bool takesFile = Base(words[at]) == "flock";
                at++;

                // Past options, numbers (timeout 300), priorities and assignments (env A=b).
                while (at < words.Length && (words[at].StartsWith('-') || Duration().IsMatch(words[at]) || Assignment().IsMatch(words[at])))
                {
                    bool valued = takesFile ? words[at] is "-w" or "-E" : OptionWithValue().IsMatch(words[at]);
                    at += valued && at + 1 < words.Length ? 2 : 1;
                }

                at += takesFile ? 1 : 0;
            }

            if (at >= words.Length)
            {
                continue;
            }

            string program = Base(words[at]);
            if (Interpreters.Contains(program))
            {
                int inline = Array.FindIndex(words, at, w => w == "-c");
                if (inline >= 0 && inline + 1 < words.Length)
                {
                    string inner = ProgramOf(words[inline + 1]);
                    return inner.Length > 0 ? inner : program;
                }

                string? script = words.Skip(at + 1).FirstOrDefault(w => w.Length > 0 && !w.StartsWith('-') && w.IndexOfAny(['>', '<', '|', '&']) < 0);
                return script is null ? program : Base(script);
            }

            return program;
        }

        return "";
    }

    /// <summary>The commands of a line; separators inside quotes do not count.</summary>
    private static IEnumerable<string> Parts(string command)
    {
        int from = 0;
        char quote = '\0';
        for (int i = 0; i < command.Length; i++)
        {
            char c = command[i];
            if (quote != '\0')
            {
                quote = c == quote ? '\0' : quote;
            }
            else if (c is '"' or '\'')
            {
                quote = c;
            }
            else if (c is ';' or '|' || (c == '&' && i + 1 < command.Length && command[i + 1] == '&'))
            {
                yield return command[from..i];
                i += i + 1 < command.Length && command[i + 1] == c ? 1 : 0;
                from = i + 1;
            }
        }

        yield return command[from..];
    }

    private static string Base(string word)
    {
        string name = word.TrimEnd('/');
        name = name[(name.LastIndexOf('/') + 1)..];
        return Extension().Replace(name, "");
    }

    /// <summary>Only what a job's name may hold, beginning and ending with a letter or digit.</summary>
    private static string Cleaned(string name)
    {
        var text = new StringBuilder();
        foreach (char c in name.Length > 60 ? name[..60] : name)
        {
            bool good = char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-';
            text.Append(good ? char.ToLowerInvariant(c) : '-');
        }

        return text.ToString().Trim('.', '_', '-');
    }

    [GeneratedRegex("""\[\[?|"[^"]*"|'[^']*'|[^\s]+""")]
    private static partial Regex Word();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*=")]
    private static partial Regex Assignment();

    [GeneratedRegex(@"^\d+[smhd]?$")]
    private static partial Regex Duration();

    [GeneratedRegex(@"^-[ugnckEw]$")]
    private static partial Regex OptionWithValue();

    [GeneratedRegex(@"(?<=.)\.(sh|bash|py|pl|php|rb|js|jar|dll)$")]
    private static partial Regex Extension();
}
