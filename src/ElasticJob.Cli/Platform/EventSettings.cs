using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Events;
using ElasticJob.Scheduler.Hosting;

namespace ElasticJob.Cli.Platform;

/// <summary>
/// The member <c>events</c> of a scheduler's configuration. A connection string with a password stands in a file or in the environment, never in the
/// configuration itself.
/// </summary>
internal static class EventSettings
{
    private static readonly string[] Secrets = ["password", "pwd", "psw", "ssl password"];

    /// <param name="section">The member; may be absent.</param>
    /// <param name="folder">The folder of the configuration, from which relative paths count.</param>
    /// <param name="faults">Takes what is wrong, each with its path.</param>
    public static EventOptions Read(JsonNode? section, string folder, List<string> faults)
    {
        if (section is null)
        {
            return new EventOptions();
        }

        ConfigSection.Known(section, "events", ["postgres", "sqlite", "log", "sinks", "retention"], faults);
        var options = new EventOptions
        {
            Postgres = section.Member("postgres") is { } postgres ? Postgres(postgres, folder, faults) : null,
            Sqlite = Flag(section, "sqlite", faults),
            Log = Flag(section, "log", faults) ?? false,
            Further = SinkSettings.Read(section.Member("sinks"), folder, faults),
            Retention = RetentionSettings.Read(section.Member("retention"), faults),
        };
        if (section.Member("postgres") is null && options.Sqlite == false)
        {
            faults.Add("events: needs a place to be kept: postgres, or sqlite: true");
        }

        return options;
    }

    private static PostgresEventStoreOptions? Postgres(JsonNode section, string folder, List<string> faults)
    {
        ConfigSection.Known(section, "events.postgres", ["connectionString", "schema"], faults);
        const string Path = "events.postgres.connectionString";
        string? text = section.Member("connectionString") switch
        {
            JsonValue value when value.GetValueKind() == JsonValueKind.String => WithoutSecret(value.GetValue<string>(), Path, faults),
            JsonObject reference => SecretReference.Read(reference, Path, folder, faults),
            _ => null,
        };
        if (text is null)
        {
            if (section.Member("connectionString") is null or JsonValue or JsonArray && !faults.Any(f => f.StartsWith(Path, StringComparison.Ordinal)))
            {
                faults.Add($"{Path}: must be {{ \"fromFile\": FILE }}, {{ \"fromEnv\": NAME }}, or text without a password");
            }

            return null;
        }

        var options = new PostgresEventStoreOptions { ConnectionString = text.Trim() };
        options = section.Text("schema") is { } schema ? options with { Schema = schema } : options;
        try
        {
            options.Check();
            return options;
        }
        catch (ArgumentException e)
        {
            faults.Add($"events.postgres: {e.Message}");
            return null;
        }
    }

    private static string? WithoutSecret(string text, string path, List<string> faults)
    {
        try
        {
            var parts = new DbConnectionStringBuilder { ConnectionString = text };
            if (!parts.Keys.Cast<string>().Any(key => Secrets.Contains(key, StringComparer.OrdinalIgnoreCase)))
            {
                return text;
            }

            faults.Add($"{path}: holds a password; put the connection string into a file that only the scheduler's user can read, and name it: {{ \"fromFile\": FILE }}");
        }
        catch (ArgumentException)
        {
            faults.Add($"{path}: is not a connection string, such as Host=db;Database=jobs;Username=elasticjob");
        }

        return null;
    }

    private static bool? Flag(JsonNode section, string key, List<string> faults)
    {
        if (section.Member(key) is not null && section.Flag(key) is null)
        {
            faults.Add($"events.{key}: must be true or false");
        }

        return section.Flag(key);
    }
}
