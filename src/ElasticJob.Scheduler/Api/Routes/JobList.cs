using System.Buffers.Text;
using System.Globalization;
using System.Text;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduler.Api.Routes;

/// <summary>Searches, sorts and pages the jobs. A cursor holds the sort key of the last item, so that pages stay right while jobs change.</summary>
internal static class JobList
{
    public static async Task<Page<JobAnswer>> ReadAsync(
        ISchedulerLoop loop, string? q, string? app, string? state, string? sort, string? cursor, int? limit, CancellationToken cancellationToken)
    {
        int most = Requests.Limit(limit);
        JobState? wanted = Requests.Choice<JobState>("state", state);
        bool descending = sort?.StartsWith('-') == true;
        string by = sort?.TrimStart('-') ?? "name";
        Func<JobView, string> key = by switch
        {
            "name" => _ => "",
            "nextDue" => j => Key(j.NextDue),
            "updatedAt" => j => Key(j.UpdatedAt),
            "lastFinished" => j => Key(j.Last?.FinishedAt),
            _ => throw Refusal.BadRequest($"sort: '{sort}' is none of name, nextDue, updatedAt, lastFinished (a leading - turns the order)."),
        };
        (string Key, string Name)? after = Decode(cursor);
        int sign = descending ? -1 : 1;
        (JobView Job, bool AppEnabled)[] jobs = await loop.ReadAsync(
            view =>
            {
                var apps = view.Apps().ToDictionary(a => a.Definition.Name, a => a.Definition.Enabled);
                return view.Jobs()
                    .Where(j => Matches(j, q) && (app is null || j.Definition.App.Value == app))
                    .Select(j => (Job: j, AppEnabled: apps.GetValueOrDefault(j.Definition.App, true)))
                    .Where(j => wanted is null || Answers.StateOf(j.Job, j.AppEnabled) == wanted)
                    .Where(j => after is null || sign * Compare((key(j.Job), j.Job.Definition.Name.Value), after.Value) > 0)
                    .Order(Comparer<(JobView Job, bool)>.Create((a, b) => sign * Compare((key(a.Job), a.Job.Definition.Name.Value), (key(b.Job), b.Job.Definition.Name.Value))))
                    .Take(most + 1)
                    .ToArray();
            },
            cancellationToken);
        string? next = jobs.Length > most ? Encode(key(jobs[most - 1].Job), jobs[most - 1].Job.Definition.Name.Value) : null;
        return new Page<JobAnswer>([.. jobs.Take(most).Select(j => Answers.Of(j.Job, j.AppEnabled, whole: false))], next);
    }

    private static bool Matches(JobView job, string? q) =>
        string.IsNullOrEmpty(q)
        || job.Definition.Name.Value.Contains(q, StringComparison.OrdinalIgnoreCase)
        || job.Definition.Description?.Contains(q, StringComparison.OrdinalIgnoreCase) == true;

    private static int Compare((string Key, string Name) a, (string Key, string Name) b)
    {
        int order = string.CompareOrdinal(a.Key, b.Key);
        return order != 0 ? order : string.CompareOrdinal(a.Name, b.Name);
    }

    // Jobs without the instant come last: '~' sorts after every digit.
    private static string Key(DateTimeOffset? instant) => instant is { } i ? i.UtcTicks.ToString("D19", CultureInfo.InvariantCulture) : "~";

    private static string Encode(string key, string name) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{key}\n{name}"));

    private static (string Key, string Name)? Decode(string? cursor)
    {
        if (cursor is null)
        {
            return null;
        }

        try
        {
            string[] parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)).Split('\n');
            if (parts.Length == 2)
            {
                return (parts[0], parts[1]);
            }
        }
        catch (FormatException)
        {
            // Falls through to the same answer.
        }

        throw Refusal.BadRequest("cursor: is not one of this list; leave it out to begin with the first page.");
    }
}
