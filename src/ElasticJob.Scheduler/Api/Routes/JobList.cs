using System.Buffers;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduler.Api.Routes;

/// <summary>
/// Searches, sorts and pages the jobs. A cursor holds the sort key of the last item, so that pages stay right while jobs change. The scheduler's loop only hands out
/// the jobs, which are immutable; all the rest happens on the caller's thread, in one pass that keeps no more than a page.
/// </summary>
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
        (JobView[] jobs, Dictionary<AppName, bool> apps) = await loop.ReadAsync(
            static view => (view.Jobs().ToArray(), view.Apps().ToDictionary(a => a.Definition.Name, a => a.Definition.Enabled)), cancellationToken);
        if (descending)
        {
            // So that those with the same instant come in their order too, and one that comes later displaces none of them.
            Array.Reverse(jobs);
        }

        var order = new Order(descending);
        SearchValues<string>? words = string.IsNullOrEmpty(q) ? null : SearchValues.Create([q], StringComparison.OrdinalIgnoreCase);
        IEnumerable<(JobView Job, JobKey Key)> found = jobs
            .Select(j => (Job: j, Key: JobKey.Of(j, instant)))
            .Where(j => (after is null || order.Compare(j.Key, after.Value) > 0)
                && (app is null || j.Job.Definition.App.Value == app)
                && (wanted is null || Answers.StateOf(j.Job, IsEnabled(j.Job)) == wanted)
                && Matches(j.Job, words));

        // The jobs come by name already.
        List<JobView> first = instant is null ? [.. found.Take(most + 1).Select(j => j.Job)] : First(found, most + 1, order);
        string? next = first.Count > most ? JobKey.Of(first[most - 1], instant).Write() : null;
        return new Page<JobAnswer>([.. first.Take(most).Select(j => Answers.Of(j, IsEnabled(j), whole: false))], next);

        bool IsEnabled(JobView job) => apps.GetValueOrDefault(job.Definition.App, true);
    }

    /// <summary>The first of the order. What comes after the last of as many as are wanted costs one comparison.</summary>
    private static List<JobView> First(IEnumerable<(JobView Job, JobKey Key)> jobs, int most, Order order)
    {
        // The last of those kept so far is on top.
        var kept = new PriorityQueue<JobView, JobKey>(order.Turned);
        foreach ((JobView job, JobKey key) in jobs)
        {
            if (kept.Count < most)
            {
                kept.Enqueue(job, key);
            }
            else if (kept.TryPeek(out _, out JobKey last) && order.Compare(key, last) < 0)
            {
                kept.DequeueEnqueue(job, key);
            }
        }

        var first = new List<JobView>(kept.Count);
        while (kept.TryDequeue(out JobView? job, out _))
        {
            first.Add(job);
        }

        first.Reverse();
        return first;
    }

    private static bool Matches(JobView job, SearchValues<string>? words) =>
        words is null || job.Definition.Name.Value.AsSpan().ContainsAny(words) || job.Definition.Description.AsSpan().ContainsAny(words);

    private sealed class Order(bool descending) : IComparer<JobKey>
    {
        public Order Turned => new(!descending);

        public int Compare(JobKey x, JobKey y) => descending ? y.CompareTo(x) : x.CompareTo(y);
    }
}
