using System.Text.Json;
using ElasticJob.Protocol.Schedules;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Views;
using Store = ElasticJob.Events;

namespace ElasticJob.Scheduler.Api.Routes;

/// <summary>The ledger of a job as the event store has it, with where its unfinished runs stand now, which only the live state knows.</summary>
internal static class JobLedger
{
    private const int MostCounted = 10_000;

    public static async Task<Page<LedgerEntry>> ReadAsync(
        Store.IEventQueries events, ISchedulerLoop loop, Store.LedgerFilter filter, Store.PageRequest request, TimeProvider time, CancellationToken cancellationToken)
    {
        Store.Page<Store.LedgerEntry> page = await RunHistory.QueryAsync(() => events.LedgerAsync(filter, request, cancellationToken));
        bool first = request.Cursor is null;
        (JobView? job, Dictionary<string, RunView> live) = await loop.ReadAsync(
            view => (
                first ? view.FindJob(new JobName(filter.Job)) : null,
                page.Items.Where(e => e.Outcome is null).Select(e => e.Run).OfType<string>().Distinct().Select(view.FindRun).OfType<RunView>().ToDictionary(r => r.Id)),
            cancellationToken);
        var entries = page.Items.Select(e => Entry(e, live.GetValueOrDefault(e.Run ?? ""))).ToList();
        if (first && job is null && entries.Count == 0)
        {
            throw Refusal.NotFound($"There is no job '{filter.Job}'.");
        }

        if (job is not null && WhileDisabled(job, filter, time.GetUtcNow()) is { } open)
        {
            entries.Insert(0, open);
        }

        return new Page<LedgerEntry>(entries, page.Next);
    }

    /// <summary>Due times that pass while a job is disabled are recorded when it is enabled again; until then the ledger must not be silent about them.</summary>
    private static LedgerEntry? WhileDisabled(JobView job, Store.LedgerFilter filter, DateTimeOffset now)
    {
        DateTimeOffset until = filter.Until < now ? filter.Until.Value : now;
        if (job.Definition.Enabled || job.Definition.Mode == JobMode.Resident || job.AnsweredUpTo is not { } answered)
        {
            return null;
        }

        DateTimeOffset[] due = [.. job.Schedules.DueTimes(answered, until).Take(MostCounted)];
        return due.Length == 0 || due[^1] < filter.Since
            ? null
            : new LedgerEntry
            {
                DueAt = due[0],
                DueUntil = due.Length > 1 ? due[^1] : null,
                Count = due.Length,
                Answer = "skipped",
                Reason = "disabled",
                Message = due.Length == MostCounted ? "the job is disabled; there are more" : "the job is disabled",
            };
    }

    private static LedgerEntry Entry(Store.LedgerEntry entry, RunView? live)
    {
        // What the live state knows of a run may not have arrived in the store yet.
        RunView? finished = live is { State: RunState.Finished } ? live : null;
        Store.LedgerEntry now = live is null ? entry : entry with { StartedAt = entry.StartedAt ?? live.StartedAt };
        string? outcome = now.Outcome ?? (finished?.Outcome is { } end ? JsonNamingPolicy.CamelCase.ConvertName(end.ToString()) : null);
        bool isRun = now.Answer is Store.LedgerAnswer.Run or Store.LedgerAnswer.Manual;
        return new LedgerEntry
        {
            DueAt = now.DueAt,
            DueUntil = now.DueUntil == now.DueAt ? null : now.DueUntil,
            Count = now.DueCount,
            Answer = now.Answer switch
            {
                Store.LedgerAnswer.Run => "run",
                Store.LedgerAnswer.Skipped => "skipped",
                Store.LedgerAnswer.Execution => "execution",
                _ => "manual",
            },
            Run = now.Run,
            Shard = now.Shard,
            State = outcome is not null || !isRun ? null : live?.State ?? (now.StartedAt is null ? RunState.Ready : RunState.Running),
            Outcome = outcome,
            Reason = now.Reason ?? finished?.Reason,
            Message = now.Message,
            StartedAt = now.StartedAt,
            LatenessMs = now.Lateness is { } late ? (long)late.TotalMilliseconds : null,
        };
    }
}
