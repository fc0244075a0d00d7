using System.Text.Json.Nodes;

namespace ElasticJob.Scheduling.Definitions.Reading;

/// <summary>Reads definitions from documents; see docs/definitions.md for the schema. Pure: what time it is, is an input.</summary>
public static class DefinitionReader
{
    /// <summary>Reads one document.</summary>
    /// <param name="document">The document, from JSON or YAML.</param>
    /// <param name="now">A schedule that has no due time after this instant is a fault.</param>
    public static DefinitionReading Read(JsonNode? document, DateTimeOffset now)
    {
        var faults = new List<DefinitionFault>();
        if (document is not JsonObject mapping)
        {
            string shape = document is null ? "is empty" : $"is {Section.Shape(document)}";
            return new DefinitionReading { Faults = [new("", $"the document {shape}; a definition is a mapping that begins with kind: App or kind: Job")] };
        }

        var section = new Section(mapping, "", faults);
        string? kind = section.Text("kind");
        string? name = mapping.TryGetPropertyValue("name", out JsonNode? named) && named is not null ? Section.Scalar(named) : null;
        AppDefinition? app = null;
        JobDefinition? job = null;
        switch (kind)
        {
            case "App":
                app = AppReader.Read(section);
                break;
            case "Job":
                job = JobReader.Read(section, now);
                break;
            default:
                string? meant = kind is null ? null : DidYouMean.Closest(kind, ["App", "Job"]);
                section.Fault("kind", kind is null ? "is missing; say kind: App or kind: Job" : $"'{kind}' is neither App nor Job{(meant is null ? "" : $"; did you mean '{meant}'?")}");
                return new DefinitionReading { Kind = kind, Name = name, Faults = faults };
        }

        section.Close();
        return faults.Count == 0
            ? new DefinitionReading { Kind = kind, Name = name, App = app, Job = job }
            : new DefinitionReading { Kind = kind, Name = name, Faults = faults };
    }

    /// <summary>Checks a job against its app, where both are known.</summary>
    public static IReadOnlyList<DefinitionFault> Check(JobDefinition job, AppDefinition app) =>
        job.Work is Protocol.Orders.ClassWork work && app.Command is null
            ? [new("class", $"the job runs the class '{work.Name}', but app '{app.Name}' has no command that would start it; give the app a command, or make this a script or http job")]
            : [];

    internal static Resources ReadResources(Section parent, Resources otherwise, bool forShards)
    {
        if (parent.Below("resources") is not { } section)
        {
            return otherwise;
        }

        long cpus = otherwise.MilliCpus;
        if (section.Text("cpus") is { } cpuText)
        {
            if (decimal.TryParse(cpuText, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out decimal number) && number is >= 0 and <= 10_000)
            {
                cpus = (long)decimal.Round(number * 1000, MidpointRounding.AwayFromZero);
            }
            else
            {
                section.Fault("cpus", $"'{cpuText}' is not a number of CPUs such as 0.5, from 0 to 10000");
            }
        }

        long Size(string key, long size)
        {
            if (section.Text(key) is not { } text)
            {
                return size;
            }

            if (SizeText.TryParse(text, out long parsed))
            {
                return parsed;
            }

            section.Fault(key, $"'{text}' is not an amount such as 256Mi, 1.5Gi or 500M (a bare number is MiB)");
            return size;
        }

        var resources = new Resources(cpus, Size("memory", otherwise.MilliMemory), Size("disk", otherwise.MilliDisk));
        if (forShards && resources.MilliCpus == 0)
        {
            section.Fault("cpus", "a shard needs some CPU; the least is 0.001");
        }

        if (forShards && resources.MilliMemory == 0)
        {
            section.Fault("memory", "a shard needs some memory; the least is 1Ki");
        }

        section.Close();
        return resources;
    }
}
