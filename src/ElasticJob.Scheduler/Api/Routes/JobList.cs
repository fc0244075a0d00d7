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
        Func<JobView, DateTimeOffset?>? instant = (sort?.TrimStart('-') ?? "name") switch
        {
            "name" => null,
            "nextDue" => static j => j.NextDue,
            "updatedAt" => static j => j.UpdatedAt,
            "lastFinished" => static j => j.Last?.FinishedAt,
            _ => throw Refusal.BadRequest($"sort: '{sort}' is none of name, nextDue, updatedAt, lastFinished (a leading - turns the order)."),
        };
        JobKey? after = JobKey.Read(cursor);
        Comparer<JobKey> order = descending ? Comparer<JobKey>.Create(static (a, b) => b.CompareTo(a)) : Comparer<JobKey>.Default;
        (JobView Job, bool AppEnabled)[] jobs = await loop.ReadAsync(
            view =>
            {
                var apps = view.Apps().ToDictionary(a => a.Definition.Name, a => a.Definition.Enabled);
                var found = view.Jobs()
                    .Where(j => Matches(j, q) && (app is null || j.Definition.App.Value == app))
                    .Select(j => (Job: j, AppEnabled: apps.GetValueOrDefault(j.Definition.App, true), Key: JobKey.Of(j, instant)))
                    .Where(j => wanted is null || Answers.StateOf(j.Job, j.AppEnabled) == wanted)
                    .Where(j => after is null || order.Compare(j.Key, after.Value) > 0);

                // The jobs come by name already.
                return (instant is null && !descending ? found : found.OrderBy(j => j.Key, order))
                    .Take(most + 1)
                    .Select(j => (j.Job, j.AppEnabled))
                    .ToArray();
            },
            cancellationToken);
        string? next = jobs.Length > most ? JobKey.Of(jobs[most - 1].Job, instant).Write() : null;
        return new Page<JobAnswer>([.. jobs.Take(most).Select(j => Answers.Of(j.Job, j.AppEnabled, whole: false))], next);
    }

    private static bool Matches(JobView job, string? q) =>
        string.IsNullOrEmpty(q)
        || job.Definition.Name.Value.Contains(q, StringComparison.OrdinalIgnoreCase)
        || job.Definition.Description?.Contains(q, StringComparison.OrdinalIgnoreCase) == true;
}
