using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.State;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduling.Core;

/// <summary>
/// From a run's creation to its end.
/// <code>
///   Waiting ──► Ready ──► Running ──► Finished
///      │          │          │           ▲
///      └──────────┴──────────┴─► Ending ─┘      (kill, timeout, replace, disable, remove)
/// </code>
/// </summary>
internal sealed class RunLifecycle(World world, Changes changes)
{
    /// <summary>Creates a run; it is durable with this step and starts when its turn and places come.</summary>
    public Run Create(Job job, NewRun wanted)
    {
        bool named = wanted.Trigger is Trigger.Cron or Trigger.Misfire && wanted.DueAt > job.Record.NamesAfter;
        long order = world.TakeSerial();
        string id = RunNames.Of(job.Name, wanted.DueAt, named ? null : order);
        if (wanted.DueAt > world.Meta.LatestNamed)
        {
            world.Meta = world.Meta with { LatestNamed = wanted.DueAt };
        }

        IReadOnlyList<int> items = wanted.Shards ?? [.. Enumerable.Range(0, job.Definition.ShardCount)];
        var run = new Run
        {
            Id = id,
            Job = job,
            Definition = job.Definition,
            Version = job.Record.Version,
            Trigger = wanted.Trigger,
            DueAt = wanted.DueAt,
            CreatedAt = world.Now.Wall,
            Order = order,
            Parameter = wanted.Parameter,
            Actor = wanted.Actor,
            State = RunState.Waiting,
            Shards = [.. items.Select((item, index) => new Shard { Item = item, Index = index })],
            Unfinished = items.Count,
            Pending = items.Count,
        };
        world.Runs.Add(id, run);
        job.Waiting.AddLast(run);
        job.VersionUses[run.Version] = job.VersionUses.GetValueOrDefault(run.Version) + 1;
        changes.TouchAll(run);
        changes.TouchMeta();
        changes.Emit(Changes.About(run, EventKind.RunCreated) with
        {
            DueAt = wanted.DueFrom ?? wanted.DueAt,
            DueUntil = wanted.DueFrom is { } from && from != wanted.DueAt ? wanted.DueAt : null,
            DueCount = wanted.DueCount,
            ShardCount = items.Count,
            Reason = wanted.Reason,
            Message = wanted.Message,
            Actor = wanted.Actor,
        });
        return run;
    }

    /// <summary>Lets waiting runs of a job begin as far as its overlap policy allows.</summary>
    public void Advance(Job job)
    {
        while (job.Waiting.First is { Value: var next })
        {
            if (job.Active.Count > 0 && (next.Definition.Policy.Overlap != OverlapPolicy.Allow || next.IsResident))
            {
                return;
            }

            job.Waiting.RemoveFirst();
            job.Active.Add(next);
            next.State = RunState.Ready;
            world.Enlist(next);
            changes.Touch(next);
        }
    }

    /// <summary>Marks a run as running with its first launch.</summary>
    public void Started(Run run)
    {
        if (run.StartedAt is not null)
        {
            return;
        }

        run.StartedAt = world.Now.Wall;
        run.State = RunState.Running;
        changes.Touch(run);
        changes.Emit(Changes.About(run, EventKind.RunStarted) with { DueAt = run.DueAt });
        if (run.Definition.Policy.Timeout is { } timeout && !run.IsResident)
        {
            world.Timers.Set(world.Now.Elapsed + timeout, new TimerSubject.RunTimeout(run));
        }
    }

    public void TimedOut(Run run)
    {
        if (run.State == RunState.Running && run.Definition.Policy.Timeout is { } timeout)
        {
            End(run, Outcome.TimedOut, $"it did not end within {SpokenDuration.Of(timeout)}");
        }
    }

    /// <summary>Ends a run whose outcome is decided: what has not started is cancelled, what runs is killed.</summary>
    public void End(Run run, Outcome outcome, string reason)
    {
        if (run.State == RunState.Finished || (run.State == RunState.Ending && run.EndingAs is not null))
        {
            return;
        }

        run.EndingAs = outcome;
        run.EndingReason = reason;
        bool begun = run.State != RunState.Waiting && run.StartedAt is not null;
        run.State = RunState.Ending;
        world.Enlist(run);
        changes.TouchAll(run);
        if (!begun)
        {
            Finish(run, outcome == Outcome.TimedOut ? outcome : Outcome.Cancelled, reason);
            return;
        }

        foreach (Shard shard in run.Shards)
        {
            EndShard(run, shard, outcome, reason);
        }
    }

    /// <summary>Ends one shard: kills its attempt, or finishes it at once if it has none.</summary>
    public void EndShard(Run run, Shard shard, Outcome outcome, string reason)
    {
        switch (shard.State)
        {
            case ShardState.Finished:
                return;
            case ShardState.Active:
                shard.EndingAs ??= outcome;
                shard.Reason = reason;
                changes.Touch(run, shard);
                Kill(shard.Attempt!);
                return;
            default:
                FinishShard(run, shard, outcome, reason);
                return;
        }
    }

    /// <summary>Asks for the end of an attempt, and goes on asking until it is terminal.</summary>
    public void Kill(Attempt attempt)
    {
        if (attempt.KillingSince is not null)
        {
            return;
        }

        attempt.KillingSince = world.Now.Elapsed;
        changes.Do(new Effect.Kill(attempt.Task, attempt.Agent, attempt.Run.Definition.Policy.KillGrace));
        world.Timers.Set(world.Now.Elapsed + world.Options.KillInterval, new TimerSubject.KillAgain(attempt));
    }

    /// <summary>Repeats a kill; long after the grace period, the executor has to go.</summary>
    public void KillAgain(Attempt attempt)
    {
        if (!world.Attempts.ContainsKey(attempt.Task) || attempt.KillingSince is not { } since)
        {
            return;
        }

        TimeSpan grace = attempt.Run.Definition.Policy.KillGrace;
        if (world.Now.Elapsed - since > grace + world.Options.KillEscalation && attempt.EndTold is null)
        {
            changes.Do(new Effect.Shutdown(attempt.Executor, attempt.Agent));
            if (world.Executors.TryGetValue(attempt.Executor, out Executor? executor))
            {
                executor.Ending = true;
            }
        }

        changes.Do(new Effect.Kill(attempt.Task, attempt.Agent, grace));
        world.Timers.Set(world.Now.Elapsed + world.Options.KillInterval, new TimerSubject.KillAgain(attempt));
    }

    /// <summary>Lets a shard wait before its next attempt; without a pause it waits for a place at once.</summary>
    public void Delay(Run run, Shard shard, TimeSpan pause, string reason, string message)
    {
        shard.Reason = reason;
        shard.NotBefore = pause > TimeSpan.Zero ? world.Now.Wall + pause : null;
        world.SetState(run, shard, pause > TimeSpan.Zero ? ShardState.Delayed : ShardState.Pending);
        changes.Touch(run, shard);
        changes.Emit(Changes.About(run, EventKind.ShardDelayed) with
        {
            Shard = shard.Item,
            Attempt = shard.Attempts,
            Task = shard.Attempt?.Task,
            Reason = reason,
            Message = message,
        });
        if (pause > TimeSpan.Zero)
        {
            world.Timers.Set(world.Now.Elapsed + pause, new TimerSubject.AttemptDue(run, shard));
        }
    }

    /// <summary>The pause before an attempt is over.</summary>
    public void AttemptDue(Run run, Shard shard)
    {
        if (shard.State == ShardState.Delayed && run.State == RunState.Running)
        {
            shard.NotBefore = null;
            world.SetState(run, shard, ShardState.Pending);
            changes.Touch(run, shard);
        }
    }

    public void FinishShard(Run run, Shard shard, Outcome outcome, string? reason)
    {
        if (shard.State == ShardState.Finished)
        {
            return;
        }

        shard.Outcome = outcome;
        shard.Reason = reason;
        shard.NotBefore = null;
        world.SetState(run, shard, ShardState.Finished);
        changes.Touch(run, shard);
        changes.Emit(Changes.About(run, EventKind.ShardFinished) with
        {
            Shard = shard.Item,
            Attempt = shard.Attempts,
            Task = shard.Attempt?.Task,
            Outcome = outcome,
            Reason = reason,
        });
        if (run.Unfinished == 0)
        {
            Finish(run, Worst(run), run.EndingReason ?? WorstReason(run));
        }
    }

    private void Finish(Run run, Outcome outcome, string? reason)
    {
        run.State = RunState.Finished;
        Job job = run.Job;
        if (!job.Active.Remove(run))
        {
            job.Waiting.Remove(run);
        }

        world.Enlist(run);
        world.Runs.Remove(run.Id);
        changes.Remove(run);
        var last = new LastRun(run.Id, outcome, world.Now.Wall);
        job.Cursor = job.Cursor with { Last = last };
        changes.TouchCursor(job);
        changes.Emit(Changes.About(run, EventKind.RunFinished) with
        {
            DueAt = run.DueAt,
            ShardCount = run.Shards.Length,
            Outcome = outcome,
            Reason = outcome == Outcome.Succeeded ? null : reason,
        });
        world.Finished.Enqueue((world.Meta.NextSequence - 1, RunViews.Of(run, world) with { Outcome = outcome, Reason = reason, FinishedAt = world.Now.Wall }));
        ReleaseVersion(job, run.Version);
        Advance(job);
    }

    private void ReleaseVersion(Job job, long version)
    {
        int uses = job.VersionUses.GetValueOrDefault(version) - 1;
        if (uses > 0)
        {
            job.VersionUses[version] = uses;
            return;
        }

        job.VersionUses.Remove(version);
        bool leaving = world.Leaving.TryGetValue(job.Name, out Job? left) && ReferenceEquals(left, job);
        if (leaving || version != job.Record.Version)
        {
            changes.Write(StateKeys.Version(job.Name, version), null);
        }

        if (leaving && job.VersionUses.Count == 0)
        {
            world.Leaving.Remove(job.Name);
        }
    }

    // The run ended as the worst of its shards did.
    private static Outcome Worst(Run run)
    {
        Outcome worst = Outcome.Succeeded;
        foreach (Shard shard in run.Shards)
        {
            if (shard.Outcome is { } outcome && Rank(outcome) > Rank(worst))
            {
                worst = outcome;
            }
        }

        return worst;
    }

    private static string? WorstReason(Run run)
    {
        Outcome worst = Worst(run);
        Shard? example = worst == Outcome.Succeeded ? null : run.Shards.FirstOrDefault(s => s.Outcome == worst);
        return example is null ? null : run.Shards.Length == 1 ? example.Reason : $"shard {example.Item}: {example.Reason}";
    }

    private static int Rank(Outcome outcome) => outcome switch
    {
        Outcome.Succeeded => 0,
        Outcome.Cancelled => 1,
        Outcome.Killed => 2,
        Outcome.Lost => 3,
        Outcome.Failed => 4,
        Outcome.TimedOut => 5,
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "There is no such outcome."),
    };
}

/// <summary>What a new run is to be.</summary>
internal sealed record NewRun(Trigger Trigger, DateTimeOffset DueAt)
{
    /// <summary>The first of several due times that it answers.</summary>
    public DateTimeOffset? DueFrom { get; init; }

    public int? DueCount { get; init; }

    public string? Parameter { get; init; }

    public IReadOnlyList<int>? Shards { get; init; }

    public string? Actor { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }
}
