using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Views;
using Store = ElasticJob.Events;

namespace ElasticJob.Scheduler.Api.Routes;

/// <summary>Runs and tasks from the live state and the event store taken as one; where both know a run, the live state wins.</summary>
internal sealed class RunHistory(ISchedulerLoop loop, Store.IEventQueries events)
{
    private const int NewestLive = 1_000;

    public async Task<Page<RunAnswer>> ListAsync(Store.RunFilter filter, int limit, string? cursor, CancellationToken cancellationToken)
    {
        Store.Page<RunView> stored = await QueryAsync(() => events.RunsAsync(filter, new Store.PageRequest(limit, cursor), cancellationToken));
        JobName? job = filter.Job is null ? null : new JobName(filter.Job);

        // Between two steps of the scheduler, so only as much is asked as one page can show: the live state of what is on it, and on the first
        // page the newest runs, which the store may not have yet or in an older state.
        (Dictionary<string, RunView> live, RunView[] newest) = await loop.ReadAsync(
            view => (
                stored.Items.Select(r => r.FinishedAt is null ? view.FindRun(r.Id) : null).OfType<RunView>().ToDictionary(r => r.Id),
                cursor is null ? view.NewestRuns(NewestLive, job).ToArray() : []),
            cancellationToken);
        var runs = stored.Items.Select(r => live.GetValueOrDefault(r.Id, r)).Where(r => Matches(r, filter)).ToList();
        if (cursor is null)
        {
            DateTimeOffset oldest = stored.Next is null ? DateTimeOffset.MinValue : stored.Items[^1].CreatedAt;
            var listed = stored.Items.Select(r => r.Id).ToHashSet();
            runs.AddRange(newest.Where(r => r.CreatedAt >= oldest && !listed.Contains(r.Id) && Matches(r, filter)).Take(limit));
            runs.Sort((a, b) => b.CreatedAt.CompareTo(a.CreatedAt));
        }

        return new Page<RunAnswer>([.. runs.Select(r => Answers.Of(r, whole: false))], stored.Next);
    }

    public async Task<RunView> FindAsync(string run, CancellationToken cancellationToken) =>
        await loop.ReadAsync(view => view.FindRun(run), cancellationToken)
        ?? await events.FindRunAsync(run, cancellationToken)
        ?? throw Refusal.NotFound($"There is no run '{run}'; it may be older than what is kept.");

    public async Task<Page<TaskAnswer>> TasksAsync(string run, int limit, string? cursor, CancellationToken cancellationToken)
    {
        RunView? live = await loop.ReadAsync(view => view.FindRun(run), cancellationToken);
        Store.Page<TaskView> stored = await QueryAsync(() => events.TasksAsync(run, new Store.PageRequest(limit, cursor, OldestFirst: true), cancellationToken));
        if (live is null && stored.Items.Count == 0 && cursor is null)
        {
            await FindAsync(run, cancellationToken);
        }

        var current = (live?.Shards.Select(s => s.Task).OfType<TaskView>() ?? []).ToDictionary(t => t.Id);
        var tasks = stored.Items.Select(t => current.Remove(t.Id, out TaskView? now) ? now : t).ToList();
        if (stored.Next is null && cursor is null)
        {
            tasks.AddRange(current.Values.OrderBy(t => t.Shard));
        }

        return new Page<TaskAnswer>([.. tasks.Select(Answers.Of)], stored.Next);
    }

    public async Task<TaskView> FindTaskAsync(string run, string task, CancellationToken cancellationToken)
    {
        TaskView? found = await loop.ReadAsync(
            view => view.FindRun(run)?.Shards.Select(s => s.Task).FirstOrDefault(t => t?.Id == task), cancellationToken)
            ?? await events.FindTaskAsync(task, cancellationToken);
        return found is not null && found.Run == run ? found : throw Refusal.NotFound($"Run '{run}' has no task '{task}'.");
    }

    /// <summary>Asks the store; a cursor or page size that it refuses is the caller's fault.</summary>
    public static async Task<T> QueryAsync<T>(Func<ValueTask<T>> query)
    {
        try
        {
            return await query();
        }
        catch (ArgumentException e)
        {
            throw Refusal.BadRequest(e.Message);
        }
    }

    private static bool Matches(RunView run, Store.RunFilter filter) =>
        (filter.Outcome is null || run.Outcome == filter.Outcome)
        && (filter.State is null || run.State == filter.State)
        && (filter.Trigger is null || run.Trigger == filter.Trigger)
        && (filter.Since is null || run.CreatedAt >= filter.Since)
        && (filter.Until is null || run.CreatedAt < filter.Until);
}
