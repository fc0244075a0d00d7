using System.Text.Json.Nodes;
using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Definitions.Reading;

namespace ElasticJob.Scheduler.Api.Cloud;

/// <summary>
/// What a job does: by <c>jobType</c> and its members (2.x), or by <c>props</c> (3.x), where the executor is found by what is set there.
/// </summary>
internal static class CloudWork
{
    private const string Script = "script.command.line";
    private const string Streaming = "streaming.process";
    private const string HttpUri = "http.uri";
    private const string HttpMethod = "http.method";
    private const string HttpData = "http.data";
    private const string HttpContentType = "http.content.type";
    private const string HttpReadTimeout = "http.read.timeout.milliseconds";
    private const string HttpConnectTimeout = "http.connect.timeout.milliseconds";

    private static readonly string[] Known = [Script, Streaming, HttpUri, HttpMethod, HttpData, HttpContentType, HttpReadTimeout, HttpConnectTimeout];
    private static readonly string[] All = ["type", "class", "streaming", "script", "http"];

    public static void Write(JsonObject document, CloudKeys keys, JobDefinition? stored)
    {
        string? type = keys.Choice("jobType", ["SIMPLE", "DATAFLOW", "SCRIPT", "HTTP"]);
        Dictionary<string, string> props = keys.Properties("props");
        foreach (string name in props.Keys.Except(Known))
        {
            keys.Leave($"props.{name}");
        }

        string? line = keys.Text("scriptCommandLine") ?? props.GetValueOrDefault(Script);
        string? url = props.GetValueOrDefault(HttpUri);
        type ??= line is not null ? "SCRIPT" : url is not null ? "HTTP" : null;
        string? className = keys.Text("jobClass") ?? keys.Text("beanName");
        if (stored is not null && type is null && className is null && props.Count == 0 && !keys.Has("streamingProcess"))
        {
            return;
        }

        // The line that a program and its arguments were shown as, sent back unchanged, must not become a line for the shell.
        if (stored?.Work is ScriptWork known && line == LineOf(known))
        {
            return;
        }

        foreach (string key in All)
        {
            document.Remove(key);
        }

        switch (type)
        {
            case "SCRIPT":
                Require(keys, "scriptCommandLine", line);
                document["script"] = line;
                break;
            case "HTTP":
                Require(keys, $"props.{HttpUri}", url);
                document["http"] = WriteHttp(url, props);
                break;
            default:
                document["class"] = className ?? (stored?.Work as ClassWork)?.Name ?? keys.Text("jobName");
                document["streaming"] = keys.Flag("streamingProcess") || props.GetValueOrDefault(Streaming) is "true";
                break;
        }
    }

    public static string TypeOf(Work work) => work switch
    {
        ScriptWork => "SCRIPT",
        HttpWork => "HTTP",
        ClassWork { Streaming: true } => "DATAFLOW",
        _ => "SIMPLE",
    };

    /// <summary>The script as one line, to be looked at.</summary>
    public static string LineOf(ScriptWork script) => script.Arguments is { } arguments ? string.Join(' ', [script.Command, .. arguments]) : script.Command;

    public static IReadOnlyDictionary<string, string> PropertiesOf(Work work)
    {
        var props = new SortedDictionary<string, string>(StringComparer.Ordinal);
        switch (work)
        {
            case ClassWork { Streaming: true }:
                props[Streaming] = "true";
                break;
            case ScriptWork script:
                props[Script] = LineOf(script);
                break;
            case HttpWork http:
                props[HttpUri] = http.Url;
                props[HttpMethod] = http.Method;
                if (http.Body is not null)
                {
                    props[HttpData] = http.Body;
                }

                break;
        }

        return props;
    }

    private static JsonObject WriteHttp(string? url, Dictionary<string, string> props)
    {
        var http = new JsonObject { ["url"] = url, ["method"] = props.GetValueOrDefault(HttpMethod) ?? "POST" };
        if (props.GetValueOrDefault(HttpData) is { } body)
        {
            http["body"] = body;
        }

        if (props.GetValueOrDefault(HttpContentType) is { } type)
        {
            http["headers"] = new JsonObject { ["Content-Type"] = type };
        }

        // Two limits there, one for the whole exchange here.
        long[] limits = [.. new[] { HttpConnectTimeout, HttpReadTimeout }.Select(k => long.TryParse(props.GetValueOrDefault(k), out long ms) ? ms : 0)];
        if (limits.Sum() > 0)
        {
            http["timeout"] = DurationText.Format(TimeSpan.FromMilliseconds(Math.Min(limits.Sum(), 86_400_000)));
        }

        return http;
    }

    private static void Require(CloudKeys keys, string key, string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            keys.Fault(key, "is missing");
        }
    }
}
