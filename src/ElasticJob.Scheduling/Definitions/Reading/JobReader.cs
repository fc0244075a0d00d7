using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Schedules;

namespace ElasticJob.Scheduling.Definitions.Reading;

/// <summary>Reads the keys of a job.</summary>
internal static class JobReader
{
    public static readonly TimeSpan Longest = TimeSpan.FromDays(365 * 10);

    public static JobDefinition? Read(Section section, DateTimeOffset now)
    {
        string? nameText = section.Text("name", required: true);
        if (!JobName.TryParse(nameText, out JobName name) && nameText is not null)
        {
            section.Fault("name", NameRule.Fault(nameText));
        }

        string? appText = section.Text("app", required: true);
        if (!AppName.TryParse(appText, out AppName app) && appText is not null)
        {
            section.Fault("app", NameRule.Fault(appText));
        }

        Work? work = WorkReader.Read(section, nameText);
        JobMode mode = section.Choice("mode", JobMode.Transient);
        (IReadOnlyList<string> schedule, string timeZone) = ReadSchedule(section, now);
        TimeSpan? every = section.Duration("every", IntervalSchedule.Shortest, Longest);
        (int shards, SortedDictionary<int, string> parameters) = ReadShards(section);
        string? parameter = section.Text("parameter");
        Resources resources = DefinitionReader.ReadResources(section, Resources.Of(0.1, 32), forShards: true);
        JobPolicy policy = PolicyReader.Read(section, mode);
        int priority = section.Whole("priority", 0, -1000, 1000);
        Placement placement = ReadPlacement(section);
        bool enabled = section.Flag("enabled", true);
        string? description = section.Text("description");

        if (mode == JobMode.Resident && work is HttpWork && !section.Has("schedule") && !section.Has("every"))
        {
            section.Fault("schedule", "a resident http job needs a schedule or every; one request ends at once and would only be repeated without pause");
        }

        return name == default || app == default || work is null ? null : new JobDefinition
        {
            Name = name,
            App = app,
            Work = work,
            Mode = mode,
            Schedule = schedule,
            Every = every,
            TimeZone = timeZone,
            ShardCount = shards,
            ShardParameters = parameters,
            Parameter = parameter,
            Resources = resources,
            Policy = policy,
            Priority = priority,
            Placement = placement,
            Enabled = enabled,
            Description = description,
        };
    }

    private static (IReadOnlyList<string> Schedule, string TimeZone) ReadSchedule(Section section, DateTimeOffset now)
    {
        string timeZone = section.Text("timeZone") ?? "UTC";
        bool known = TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out _);
        if (!known)
        {
            section.Fault("timeZone", $"'{timeZone}' is not a known time zone; use an IANA name such as Europe/Berlin or UTC");
        }

        var expressions = new List<string>();
        foreach ((string key, string text) in section.Texts("schedule"))
        {
            if (!CronSchedule.TryParse(text, known ? timeZone : "UTC", out CronSchedule? schedule, out string? fault))
            {
                section.Fault(key, fault);
            }
            else if (schedule.NextAfter(now) is null)
            {
                section.Fault(key, $"'{text}' never fires after {now.UtcDateTime:yyyy-MM-dd HH:mm} UTC; check day, month and year");
            }
            else if (expressions.Contains(schedule.Expression))
            {
                section.Fault(key, $"'{text}' is there twice");
            }
            else
            {
                expressions.Add(schedule.Expression);
            }
        }

        return (expressions, timeZone);
    }

    private static (int Count, SortedDictionary<int, string> Parameters) ReadShards(Section section)
    {
        string limit = $" (the most shards a job may have is {JobDefinition.MostShards.ToString(CultureInfo.InvariantCulture)})";
        if (section.Take("shards") is not JsonObject)
        {
            return (section.Whole("shards", 1, 1, JobDefinition.MostShards, limit), []);
        }

        Section shards = section.Below("shards")!;
        int count = shards.Whole("count", 1, 1, JobDefinition.MostShards, limit);
        if (!shards.Has("count"))
        {
            shards.Fault("count", "is missing");
        }

        var parameters = new SortedDictionary<int, string>();
        if (shards.Below("parameters") is { } entries)
        {
            foreach ((string key, JsonNode? value) in entries.Entries())
            {
                if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int item))
                {
                    entries.Fault(key, $"'{key}' is not a shard; shards are numbered 0 to {count - 1}");
                }
                else if (item >= count)
                {
                    entries.Fault(key, $"there is no shard {item}; with count {count} they are 0 to {count - 1}");
                }
                else if (value is null || Section.Scalar(value) is not { } text)
                {
                    entries.Fault(key, "must be text");
                }
                else if (!parameters.TryAdd(item, text))
                {
                    entries.Fault(key, $"shard {item} is there twice");
                }
            }
        }

        shards.Close();
        return (count, parameters);
    }

    private static Placement ReadPlacement(Section parent)
    {
        if (parent.Below("placement") is not { } section)
        {
            return new Placement();
        }

        var constraints = new List<PlacementConstraint>();
        foreach ((string key, string text) in section.Texts("constraints"))
        {
            string[] words = text.Split((char[]?)null, 3, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            PlacementConstraint? constraint = words switch
            {
                [var attribute, "is", var value] => new(attribute, ConstraintOperator.Is, value),
                [var attribute, "is-not", var value] => new(attribute, ConstraintOperator.IsNot, value),
                [var attribute, "exists"] => new(attribute, ConstraintOperator.Exists),
                _ => null,
            };
            if (constraint is null)
            {
                section.Fault(key, $"'{text}' must be 'ATTRIBUTE is VALUE', 'ATTRIBUTE is-not VALUE' or 'ATTRIBUTE exists'");
            }
            else
            {
                constraints.Add(constraint);
            }
        }

        string? spread = section.Text("spread");
        if (spread is not null && (spread.Length == 0 || spread.Any(char.IsWhiteSpace)))
        {
            section.Fault("spread", $"'{spread}' must be the name of one attribute, such as hostname");
        }

        section.Close();
        return new Placement { Constraints = constraints, Spread = spread };
    }
}
