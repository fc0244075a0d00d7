using System.Globalization;
using System.Text.Json.Nodes;
using ElasticJob.Protocol.Orders;

namespace ElasticJob.Scheduling.Definitions.Reading;

/// <summary>
/// Writes definitions as documents in the form that <see cref="DefinitionReader"/> takes: keys in a fixed order, and none where the default
/// holds. The stored copy of a package is not part of the document.
/// </summary>
public static class DefinitionWriter
{
    /// <summary>Writes an app.</summary>
    public static JsonObject Write(AppDefinition app)
    {
        var standard = new AppDefinition { Name = app.Name };
        var document = new JsonObject { ["kind"] = "App", ["name"] = app.Name.Value };
        Put(document, "package", app.Package);
        Put(document, "checksum", app.Checksum);
        Put(document, "image", app.Image);
        Put(document, "command", app.Command);
        PutResources(document, app.Resources, standard.Resources);
        if (app.Environment.Count > 0)
        {
            var environment = new JsonObject();
            foreach ((string name, EnvironmentValue value) in app.Environment)
            {
                environment[name] = value switch
                {
                    { FromFile: { } file } => new JsonObject { ["fromFile"] = file },
                    { FromEnv: { } variable } => new JsonObject { ["fromEnv"] = variable },
                    _ => JsonValue.Create(value.Value ?? ""),
                };
            }

            document["environment"] = environment;
        }

        PutDuration(document, "idleTimeout", app.IdleTimeout, standard.IdleTimeout);
        PutEnd(document, app.Enabled, app.Description);
        return document;
    }

    /// <summary>Writes a job.</summary>
    public static JsonObject Write(JobDefinition job)
    {
        var standard = new JobDefinition { Name = job.Name, App = job.App, Work = job.Work };
        var document = new JsonObject { ["kind"] = "Job", ["name"] = job.Name.Value, ["app"] = job.App.Value };
        PutWork(document, job.Work);
        PutChoice(document, "mode", job.Mode, standard.Mode);
        if (job.Schedule.Count == 1)
        {
            document["schedule"] = job.Schedule[0];
        }
        else if (job.Schedule.Count > 1)
        {
            document["schedule"] = new JsonArray([.. job.Schedule.Select(s => JsonValue.Create(s))]);
        }

        PutDuration(document, "every", job.Every, null);
        Put(document, "timeZone", job.TimeZone == standard.TimeZone ? null : job.TimeZone);
        if (job.ShardParameters.Count > 0)
        {
            var parameters = new JsonObject();
            foreach ((int item, string text) in job.ShardParameters)
            {
                parameters[item.ToString(CultureInfo.InvariantCulture)] = text;
            }

            document["shards"] = new JsonObject { ["count"] = job.ShardCount, ["parameters"] = parameters };
        }
        else if (job.ShardCount != 1)
        {
            document["shards"] = job.ShardCount;
        }

        Put(document, "parameter", job.Parameter);
        PutResources(document, job.Resources, standard.Resources);
        JsonObject policy = WritePolicy(job.Policy);
        if (policy.Count > 0)
        {
            document["policy"] = policy;
        }

        if (job.Priority != 0)
        {
            document["priority"] = job.Priority;
        }

        PutPlacement(document, job.Placement);
        PutEnd(document, job.Enabled, job.Description);
        return document;
    }

    /// <summary>The type of work in one word: <c>class</c>, <c>script</c> or <c>http</c>.</summary>
    public static string TypeOf(Work work) => work switch
    {
        ScriptWork => "script",
        HttpWork => "http",
        _ => "class",
    };

    private static void PutWork(JsonObject document, Work work)
    {
        document["type"] = TypeOf(work);
        switch (work)
        {
            case ClassWork c:
                document["class"] = c.Name;
                if (c.Streaming)
                {
                    document["streaming"] = true;
                }

                break;
            case ScriptWork s:
                document["script"] = WriteScript(s);
                break;
            case HttpWork h:
                document["http"] = WriteHttp(h);
                break;
        }
    }

    private static JsonNode WriteScript(ScriptWork script)
    {
        var detail = new JsonObject { [script.Arguments is null ? "line" : "program"] = script.Command };
        if (script.Arguments is { Count: > 0 } arguments)
        {
            detail["arguments"] = new JsonArray([.. arguments.Select(a => JsonValue.Create(a))]);
        }

        if (script.Arguments is null && script.Shell != "/bin/sh")
        {
            detail["shell"] = script.Shell;
        }

        Put(detail, "standardInput", script.StandardInput);
        PutTexts(detail, "environment", script.Environment);
        Put(detail, "workingDirectory", script.WorkingDirectory);
        return detail.Count == 1 && script.Arguments is null ? JsonValue.Create(script.Command) : detail;
    }

    private static JsonNode WriteHttp(HttpWork http)
    {
        var standard = new HttpWork { Url = "" };
        var detail = new JsonObject { ["url"] = http.Url };
        Put(detail, "method", http.Method == standard.Method ? null : http.Method);
        PutTexts(detail, "headers", http.Headers);
        foreach ((string name, ValueReference reference) in (http.ReferencedHeaders ?? new Dictionary<string, ValueReference>()).OrderBy(h => h.Key, StringComparer.Ordinal))
        {
            var headers = (JsonObject)(detail["headers"] ??= new JsonObject());
            headers[name] = WriteReference(reference);
        }

        Put(detail, "body", http.Body);
        if (http.ReferencedBody is { } body)
        {
            detail["body"] = WriteReference(body);
        }

        Put(detail, "success", http.SuccessStatus == standard.SuccessStatus ? null : http.SuccessStatus);
        PutDuration(detail, "timeout", http.Timeout, standard.Timeout);
        return detail.Count == 1 ? JsonValue.Create(http.Url) : detail;
    }

    private static JsonObject WriteReference(ValueReference reference) =>
        reference.FromFile is { } file ? new JsonObject { ["fromFile"] = file } : new JsonObject { ["fromEnv"] = reference.FromEnv };

    private static JsonObject WritePolicy(JobPolicy policy)
    {
        var standard = new JobPolicy();
        var document = new JsonObject();
        PutChoice(document, "misfire", policy.Misfire, standard.Misfire);
        PutDuration(document, "catchUpWindow", policy.CatchUpWindow, standard.CatchUpWindow);
        PutChoice(document, "overlap", policy.Overlap, standard.Overlap);
        if (!policy.Failover)
        {
            document["failover"] = false;
        }

        if (policy.Retry != standard.Retry)
        {
            document["retry"] = new JsonObject
            {
                ["attempts"] = policy.Retry.Attempts,
                ["backoff"] = $"{DurationText.Format(policy.Retry.BackoffMin)}..{DurationText.Format(policy.Retry.BackoffMax)}",
            };
        }

        PutDuration(document, "timeout", policy.Timeout, null);
        PutChoice(document, "launch", policy.Launch, standard.Launch);
        PutDuration(document, "unreachableTimeout", policy.UnreachableTimeout, standard.UnreachableTimeout);
        PutDuration(document, "killGrace", policy.KillGrace, standard.KillGrace);
        return document;
    }

    private static void PutPlacement(JsonObject document, Placement placement)
    {
        var node = new JsonObject();
        if (placement.Constraints.Count > 0)
        {
            node["constraints"] = new JsonArray([.. placement.Constraints.Select(c => JsonValue.Create(c.ToString()))]);
        }

        Put(node, "spread", placement.Spread);
        if (node.Count > 0)
        {
            document["placement"] = node;
        }
    }

    private static void PutResources(JsonObject document, Resources resources, Resources standard)
    {
        if (resources == standard)
        {
            return;
        }

        var node = new JsonObject { ["cpus"] = resources.MilliCpus / 1000m, ["memory"] = SizeText.Format(resources.MilliMemory) };
        if (resources.MilliDisk != 0)
        {
            node["disk"] = SizeText.Format(resources.MilliDisk);
        }

        document["resources"] = node;
    }

    private static void PutEnd(JsonObject document, bool enabled, string? description)
    {
        if (!enabled)
        {
            document["enabled"] = false;
        }

        Put(document, "description", description);
    }

    private static void Put(JsonObject node, string key, string? text)
    {
        if (text is not null)
        {
            node[key] = text;
        }
    }

    private static void PutDuration(JsonObject node, string key, TimeSpan? value, TimeSpan? standard)
    {
        if (value is { } duration && duration != standard)
        {
            node[key] = DurationText.Format(duration);
        }
    }

    private static void PutChoice<TEnum>(JsonObject node, string key, TEnum value, TEnum standard)
        where TEnum : struct, Enum
    {
        if (!value.Equals(standard))
        {
            node[key] = Section.NameOf(value);
        }
    }

    private static void PutTexts(JsonObject node, string key, IReadOnlyDictionary<string, string>? texts)
    {
        if (texts is { Count: > 0 })
        {
            var entries = new JsonObject();
            foreach ((string name, string text) in texts.OrderBy(t => t.Key, StringComparer.Ordinal))
            {
                entries[name] = text;
            }

            node[key] = entries;
        }
    }
}
