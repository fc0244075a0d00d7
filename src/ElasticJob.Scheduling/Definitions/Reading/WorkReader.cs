using System.Globalization;
using System.Text.Json.Nodes;
using ElasticJob.Protocol.Orders;

namespace ElasticJob.Scheduling.Definitions.Reading;

/// <summary>Reads what a shard does: <c>type</c>, <c>class</c>, <c>script</c>, <c>http</c>.</summary>
internal static class WorkReader
{
    public static Work? Read(Section section, string? jobName)
    {
        string? type = section.Text("type");
        string[] given = [.. new[] { "class", "script", "http" }.Where(section.Has)];
        bool streaming = section.Flag("streaming", false);
        if (type is not (null or "class" or "script" or "http"))
        {
            string? meant = DidYouMean.Closest(type, ["class", "script", "http"]);
            section.Fault("type", $"'{type}' is none of class, script, http{(meant is null ? "" : $"; did you mean '{meant}'?")}");
            return null;
        }

        if (given.Length > 1)
        {
            section.Fault(given[1], $"a job does one thing, and '{given[0]}' is there too; remove one");
            return null;
        }

        if (type is not null && given is [var other] && other != type)
        {
            section.Fault("type", $"is '{type}', but the job has '{other}'; remove one");
            return null;
        }

        type ??= given is [var only] ? only : "class";
        if (streaming && type != "class")
        {
            section.Fault("streaming", $"belongs to dataflow classes; a {type} job has none");
        }

        return type switch
        {
            "script" => ReadScript(section),
            "http" => ReadHttp(section),
            _ => ReadClass(section, jobName, streaming),
        };
    }

    private static ClassWork? ReadClass(Section section, string? jobName, bool streaming)
    {
        string? name = section.Has("class") ? section.Text("class", required: true) : jobName;
        return name is null ? null : new ClassWork(name, streaming);
    }

    private static ScriptWork? ReadScript(Section parent)
    {
        if (parent.Take("script") is not JsonObject)
        {
            return parent.Text("script", required: true) is { } line ? new ScriptWork { Command = line } : null;
        }

        Section section = parent.Below("script")!;
        string? program = section.Text("program");
        string? lineText = section.Text("line");
        string? shell = section.Text("shell");
        string[]? arguments = section.Has("arguments") ? [.. section.Texts("arguments").Select(a => a.Text)] : null;
        if ((program is null) == (lineText is null))
        {
            section.Fault(program is null ? "program" : "line", program is null
                ? "is missing; name the program, or give a line for the shell as line"
                : "program and line are both there; remove one");
        }

        if (arguments is not null && lineText is not null)
        {
            section.Fault("arguments", "belong to a program; a line for the shell holds its own");
        }

        if (shell is not null && program is not null)
        {
            section.Fault("shell", "belongs to a line; a program is started without a shell");
        }

        if (shell is not null && !shell.StartsWith('/'))
        {
            section.Fault("shell", $"'{shell}' must be an absolute path such as /bin/bash");
        }

        if ((program ?? lineText) is { } command && string.IsNullOrWhiteSpace(command))
        {
            section.Fault(program is null ? "line" : "program", "must not be empty");
        }

        string? input = section.Text("standardInput");
        Dictionary<string, string>? environment = ReadTexts(section, "environment", static k => k.Length > 0 && !k.Contains('=') && !k.Contains('\0'));
        foreach ((string key, string value) in environment ?? [])
        {
            if (SecretRule.Refuses(key, value))
            {
                section.Fault($"environment.{key}", SecretRule.FaultOfScript(key));
            }
        }

        string? directory = section.Text("workingDirectory");
        section.Close();
        return (program ?? lineText) is not { } text ? null : new ScriptWork
        {
            Command = text,
            Arguments = program is null ? null : arguments ?? [],
            Shell = shell ?? "/bin/sh",
            StandardInput = input,
            Environment = environment,
            WorkingDirectory = directory,
        };
    }

    private static HttpWork? ReadHttp(Section parent)
    {
        if (parent.Take("http") is not JsonObject)
        {
            return parent.Text("http", required: true) is { } url && IsAddress(parent, "http", url) ? new HttpWork { Url = url } : null;
        }

        Section section = parent.Below("http")!;
        var standard = new HttpWork { Url = "" };
        string? address = section.Text("url", required: true);
        bool good = address is not null && IsAddress(section, "url", address);
        string method = section.Text("method") ?? standard.Method;
        if (method.Length == 0 || !method.All(char.IsAsciiLetter))
        {
            section.Fault("method", $"'{method}' is not an HTTP method such as GET or POST");
        }

        string success = section.Text("success") ?? standard.SuccessStatus;
        if (!IsStatusRange(success))
        {
            section.Fault("success", $"'{success}' must be a status such as 200, or a range such as 200-299");
        }

        var references = new Dictionary<string, ValueReference>(StringComparer.Ordinal);
        Dictionary<string, string>? headers = ReadTexts(
            section, "headers", static k => k.Length > 0 && k.All(static c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c)), references);
        foreach ((string key, string value) in headers ?? [])
        {
            if (value.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0)
            {
                section.Fault($"headers.{key}", "must be one line");
            }

            if (SecretRule.RefusesHeader(key, value))
            {
                section.Fault($"headers.{key}", SecretRule.FaultOfHeader(key));
            }
        }

        ValueReference? referencedBody = section.HasMapping("body") ? ReferenceReader.Read(section.Below("body")!, "on the agents") : null;
        string? body = section.HasMapping("body") ? null : section.Text("body");
        TimeSpan timeout = section.Duration("timeout", TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1)) ?? standard.Timeout;
        section.Close();
        return !good ? null : new HttpWork
        {
            Url = address!,
            Method = method.ToUpperInvariant(),
            Headers = headers is { Count: 0 } && references.Count > 0 ? null : headers,
            ReferencedHeaders = references.Count > 0 ? references : null,
            Body = body,
            ReferencedBody = referencedBody,
            SuccessStatus = success,
            Timeout = timeout,
        };
    }

    private static bool IsAddress(Section section, string key, string url)
    {
        if (Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https")
        {
            if (SecretRule.HasPassword(url))
            {
                section.Fault(key, SecretRule.PasswordInAddress);
            }

            return true;
        }

        section.Fault(key, $"'{url}' must be an absolute http or https address");
        return false;
    }

    private static bool IsStatusRange(string text)
    {
        string[] ends = text.Split('-');
        return ends.Length is 1 or 2
            && ends.All(e => e.Length == 3 && int.TryParse(e, NumberStyles.None, CultureInfo.InvariantCulture, out int status) && status is >= 100 and <= 599)
            && string.CompareOrdinal(ends[0], ends[^1]) <= 0;
    }

    private static Dictionary<string, string>? ReadTexts(
        Section parent, string key, Func<string, bool> isName, Dictionary<string, ValueReference>? references = null)
    {
        if (parent.Below(key) is not { } section)
        {
            return null;
        }

        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, JsonNode? value) in section.Entries())
        {
            if (!isName(name))
            {
                section.Fault(name, "is not a name that can be used here");
            }
            else if (value is JsonObject && references is not null)
            {
                if (ReferenceReader.Read(section.Below(name)!, "on the agents") is { } reference)
                {
                    references[name] = reference;
                }
            }
            else if (value is null || Section.Scalar(value) is not { } text)
            {
                section.Fault(name, references is null ? "must be text" : "must be text, { fromFile: /path } or { fromEnv: NAME }");
            }
            else
            {
                texts[name] = text;
            }
        }

        return texts;
    }
}
