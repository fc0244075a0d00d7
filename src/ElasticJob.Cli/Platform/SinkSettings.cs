using System.Text.Json;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Events;
using ElasticJob.Scheduler.Hosting;

namespace ElasticJob.Cli.Platform;

/// <summary>The member <c>events.sinks</c> of a scheduler's configuration: sinks of somebody else's, each from an assembly.</summary>
internal static class SinkSettings
{
    private const string Path = "events.sinks";
    private static readonly string[] Own = ["postgres", "sqlite", "log", "traces"];

    /// <param name="section">The member; may be absent.</param>
    /// <param name="folder">The folder of the configuration, from which relative paths count.</param>
    /// <param name="faults">Takes what is wrong, each with its path.</param>
    public static IReadOnlyList<IEventSink> Read(JsonNode? section, string folder, List<string> faults)
    {
        if (section is null)
        {
            return [];
        }

        if (section is not JsonArray list)
        {
            faults.Add($"{Path}: must be a list of {{ \"assembly\": FILE, \"class\": NAME, \"settings\": {{ … }} }}");
            return [];
        }

        var sinks = new List<IEventSink>();
        for (int i = 0; i < list.Count; i++)
        {
            string path = $"{Path}[{i}]";
            if (Sink(list[i] ?? new JsonObject(), path, folder, faults) is not { } sink)
            {
                continue;
            }

            if (Own.Contains(sink.Name) || sinks.Any(s => s.Name == sink.Name))
            {
                faults.Add($"{path}: its name '{sink.Name}' is taken; logs and metrics could not tell it from the other one");
            }

            sinks.Add(sink);
        }

        return sinks;
    }

    private static IEventSink? Sink(JsonNode section, string path, string folder, List<string> faults)
    {
        int before = faults.Count;
        ConfigSection.Known(section, path, ["assembly", "class", "settings"], faults);
        string? assembly = section.Text("assembly");
        string? name = section.Text("class");
        if (assembly is null)
        {
            faults.Add($"{path}.assembly: is missing; the path of the .dll");
        }

        if (name is null)
        {
            faults.Add($"{path}.class: is missing; the full name of the class, such as Example.Sinks.JsonLinesSink");
        }

        JsonElement? settings = Settings(section.Member("settings"), path, folder, faults);
        if (faults.Count > before)
        {
            return null;
        }

        try
        {
            return SinkAssembly.Load(System.IO.Path.GetFullPath(assembly!, folder), name!, settings);
        }
        catch (ArgumentException e)
        {
            faults.Add($"{path}.{e.ParamName}: {e.Message}");
            return null;
        }
    }

    /// <summary>References are replaced by what they refer to, so that no secret stands in the configuration.</summary>
    private static JsonElement? Settings(JsonNode? section, string path, string folder, List<string> faults)
    {
        if (section is null)
        {
            return null;
        }

        if (section is not JsonObject members)
        {
            faults.Add($"{path}.settings: must be an object");
            return null;
        }

        var settings = (JsonObject)members.DeepClone();
        foreach ((string name, JsonNode? value) in members)
        {
            if (value is JsonObject reference && reference.Count == 1 && (reference.ContainsKey("fromFile") || reference.ContainsKey("fromEnv")))
            {
                settings[name] = SecretReference.Read(reference, $"{path}.settings.{name}", folder, faults);
            }
        }

        return JsonElement.Parse(settings.ToJsonString());
    }
}
