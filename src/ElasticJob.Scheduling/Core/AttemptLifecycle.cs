using ElasticJob.Protocol.Reports;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Scheduling.Core;

/// <summary>
/// What news about a task means for its attempt, shard and run.
/// <code>
///   Staging ─► Starting ─► Running ─► Killing ─► terminal     (only forward; Unreachable may come back)
///
///   terminal, by cause:   finished ─► shard succeeded            (resident: starts again)
///                         failed   ─► retry policy
///                         place lost ─► failover policy
///                         error    ─► shard failed
///                         killed   ─► as it was asked for; unasked: place lost
/// </code>
/// </summary>
internal sealed class AttemptLifecycle(World world, Changes changes, RunLifecycle runs, ExecutorPool executors)
{
    private readonly AttemptReports reports = new(changes);
    private readonly Aftermath aftermath = new(world, runs);

    public void Handle(TaskUpdate update)
    {
        if (world.Attempts.TryGetValue(update.Task, out Attempt? attempt))
        {
            attempt.Confirmed = true;
            Apply(attempt, update);
        }
        else if (IsAlive(update.State))
        {
            // Not one of ours any more: given up as lost, or from before a restored backup. It must not run beside its successor.
            changes.Do(new Effect.Kill(update.Task, update.Agent, TimeSpan.FromSeconds(30)));
        }

        if (update is { Uuid: { } uuid, Agent: { } agent })
        {
            changes.Do(new Effect.Acknowledge(update.Task, agent, uuid));
        }
    }

    /// <summary>Starts the clock for a task that was just launched, or that was found in the state store.</summary>
    public void WatchLaunch(Attempt attempt, TimeSpan already = default)
    {
        if (attempt.State is TaskState.Staging or TaskState.Starting)
        {
            TimeSpan left = world.Options.LaunchTimeout - already;
            attempt.LaunchWatch++;
            world.Timers.Set(world.Now.Elapsed + (left > TimeSpan.Zero ? left : TimeSpan.Zero), new TimerSubject.LaunchTimeout(attempt, attempt.LaunchWatch));
        }
    }

    public void LaunchTimeout(Attempt attempt, int watch)
    {
        if (!world.Attempts.ContainsKey(attempt.Task)
            || attempt.LaunchWatch != watch
            || attempt.State is not (TaskState.Staging or TaskState.Starting)
            || attempt.EndTold is not null)
        {
            return;
        }

        if (!world.Connected)
        {
            WatchLaunch(attempt);
            return;
        }

        bool mayRunTwice = attempt.Run.Definition.Policy.Failover;
        bool silenceIsNormal = !attempt.Confirmed && world.Now.Elapsed - world.ConnectedAt < world.Options.AgentReregistration;
        if (attempt.Questioned && mayRunTwice && !silenceIsNormal)
        {
            changes.Do(new Effect.Kill(attempt.Task, attempt.Agent, TimeSpan.Zero));
            End(attempt, new TaskUpdate
            {
                Task = attempt.Task,
                State = TaskState.Lost,
                Source = "scheduler",
                Reason = "launchTimeout",
                Message = $"nothing was heard of it within {SpokenDuration.Of(world.Now.Wall - attempt.LaunchedAt)} of its launch",
            });
            return;
        }

        attempt.Questioned = true;
        changes.Do(new Effect.Reconcile([(attempt.Task, attempt.Agent)]));
        WatchLaunch(attempt);
    }

    /// <summary>The master has said that it ended, and its agent never told how: what the master said counts.</summary>
    public void ReportTimeout(Attempt attempt)
    {
        if (world.Attempts.ContainsKey(attempt.Task) && attempt.EndTold is { } told)
        {
            End(attempt, told);
        }
    }

    /// <summary>Starts the patience with an unreachable place.</summary>
    public void WatchUnreachable(Attempt attempt, TimeSpan already = default)
    {
        attempt.UnreachableFrom = world.Now.Elapsed - already;
        if (attempt.Run.Definition.Policy.Failover)
        {
            TimeSpan left = attempt.Run.Definition.Policy.UnreachableTimeout - already;
            world.Timers.Set(world.Now.Elapsed + (left > TimeSpan.Zero ? left : TimeSpan.Zero), new TimerSubject.UnreachableTimeout(attempt));
        }
    }

    /// <summary>
    /// Gives an unreachable place up once patience is over, and once the cluster has said since the subscription that it still is. A new leader, or one that
    /// was cut off, asks first: its agent may have come back.
    /// </summary>
    public void UnreachableTimeout(Attempt attempt)
    {
        TimeSpan patience = attempt.Run.Definition.Policy.UnreachableTimeout;
        if (!world.Attempts.ContainsKey(attempt.Task)
            || !attempt.Run.Definition.Policy.Failover
            || attempt.UnreachableSince is null
            || attempt.EndTold is not null
            || !world.Connected
            || !attempt.Confirmed
            || world.Now.Elapsed - attempt.UnreachableFrom < patience)
        {
            return;
        }

        changes.Do(new Effect.Kill(attempt.Task, attempt.Agent, TimeSpan.Zero));
        End(attempt, new TaskUpdate
        {
            Task = attempt.Task,
            State = TaskState.Lost,
            Source = "scheduler",
            Reason = "unreachableTimeout",
            Message = $"its agent was unreachable for {SpokenDuration.Of(patience)}",
        });
    }

    /// <summary>Somebody says that the place is lost. Should the task show up none the less, it is killed.</summary>
    public void DeclareLost(Attempt attempt, string actor)
    {
        changes.Do(new Effect.Kill(attempt.Task, attempt.Agent, TimeSpan.Zero));
        End(attempt, new TaskUpdate
        {
            Task = attempt.Task,
            State = TaskState.Lost,
            Source = "operator",
            Reason = "declaredLost",
            Message = $"declared lost by {actor}",
        });
    }

    /// <summary>Ends attempts whose place is known to be gone without a word of the master.</summary>
    public void PlaceGone(Attempt attempt, string reason, string message) => End(attempt, new TaskUpdate
    {
        Task = attempt.Task,
        State = TaskState.Lost,
        Source = "scheduler",
        Reason = reason,
        Message = message,
    });

    private void Apply(Attempt attempt, TaskUpdate update)
    {
        if (update.State is TaskState.Staging or TaskState.Starting or TaskState.Running or TaskState.Killing)
        {
            Alive(attempt, update);
        }
        else if (update.State is TaskState.Unreachable or TaskState.Unknown)
        {
            MaybeAlive(attempt, update);
        }
        else if (EndCauses.IsToldWithoutReport(update))
        {
            TellEnd(attempt, update);
        }
        else
        {
            End(attempt, update);
        }
    }

    private void Alive(Attempt attempt, TaskUpdate update)
    {
        if (world.Executors.TryGetValue(attempt.Executor, out Executor? executor))
        {
            executor.Registered |= update.State != TaskState.Staging;
            executor.Unreachable = false;
        }

        bool cameBack = attempt.UnreachableSince is not null;
        attempt.UnreachableSince = null;
        attempt.Questioned = false;
        reports.Listen(attempt, update.Report);
        if (update.State > attempt.State || cameBack)
        {
            attempt.State = update.State > attempt.State || attempt.State == TaskState.Unreachable ? update.State : attempt.State;
            if (update.State == TaskState.Running)
            {
                attempt.RunningAt ??= world.Now.Wall;
            }

            changes.Touch(attempt.Run, attempt.Shard);
            EmitStatus(attempt, update, null);
        }

        if (cameBack)
        {
            WatchLaunch(attempt);
        }

        if (attempt.Shard.EndingAs is not null && attempt.KillingSince is null)
        {
            runs.Kill(attempt);
        }
    }

    private void MaybeAlive(Attempt attempt, TaskUpdate update)
    {
        if (attempt.UnreachableSince is not null)
        {
            UnreachableTimeout(attempt);
            return;
        }

        attempt.State = TaskState.Unreachable;
        attempt.UnreachableSince = world.Now.Wall;
        if (world.Executors.TryGetValue(attempt.Executor, out Executor? executor))
        {
            executor.Unreachable = true;
        }

        changes.Touch(attempt.Run, attempt.Shard);
        EmitStatus(attempt, update, null);
        WatchUnreachable(attempt);
        world.AskSoon();
    }

    /// <summary>
    /// A master that is asked, or whose agent has come back, says how a task ended and nothing more. The agent has the whole report and repeats it until it
    /// is acknowledged: that one counts, and what the master said only if it never comes.
    /// </summary>
    private void TellEnd(Attempt attempt, TaskUpdate update)
    {
        if (attempt.EndTold is null)
        {
            attempt.EndTold = update;
            world.Timers.Set(world.Now.Elapsed + world.Options.ReportPatience, new TimerSubject.ReportTimeout(attempt));
        }
    }

    private void End(Attempt attempt, TaskUpdate update)
    {
        Run run = attempt.Run;
        Shard shard = attempt.Shard;
        reports.Listen(attempt, update.Report);
        bool cameWithItsExecutor = CameWithItsExecutor(attempt);
        bool endedUnderSeveral = EndedUnderSeveral(attempt, update);
        bool wasThere = attempt.RunningAt is not null || attempt.State is not TaskState.Staging;
        attempt.State = update.State;
        attempt.EndedAt = world.Now.Wall;
        attempt.Message = update.Message;
        attempt.LastLines = update.Report?.LastLines;
        attempt.Failure = update.State == TaskState.Finished ? null : update.Report?.Failure ?? EndCauses.Explain(update);
        Release(attempt);
        changes.Touch(run, shard);
        EmitStatus(attempt, update, attempt.Failure);
        ForgetDeadExecutor(attempt, update, cameWithItsExecutor);

        if (update.State == TaskState.Finished && !run.IsResident)
        {
            runs.FinishShard(run, shard, Outcome.Succeeded, null);
            return;
        }

        if (shard.EndingAs is { } asked)
        {
            runs.FinishShard(run, shard, asked, shard.Reason ?? run.EndingReason);
            return;
        }

        aftermath.Decide(attempt, new AttemptEnd(EndCauses.Of(update), wasThere, cameWithItsExecutor, endedUnderSeveral));
    }

    private void Release(Attempt attempt)
    {
        world.Attempts.Remove(attempt.Task);
        if (world.Agents.TryGetValue(attempt.Agent, out Agent? agent))
        {
            agent.Tasks--;
        }

        if (world.Executors.TryGetValue(attempt.Executor, out Executor? executor) && executor.Attempts.Remove(attempt))
        {
            executors.WatchIdle(executor);
        }

        world.Tidy(attempt.Agent);
    }

    /// <summary>
    /// The cluster tells of an executor's end at most once, and not while nobody is subscribed; of one that never started it tells nothing at all. A status
    /// that says so counts as well; otherwise work would go to an executor that is not there, and be refused as invalid.
    /// </summary>
    private void ForgetDeadExecutor(Attempt attempt, TaskUpdate update, bool cameWithIt)
    {
        if (!world.Executors.TryGetValue(attempt.Executor, out Executor? executor))
        {
            return;
        }

        bool died = EndCauses.IsExecutorGone(update);
        bool neverStarted = !executor.Registered && update.State != TaskState.Finished;
        executor.Ending |= neverStarted || died || (update.State == TaskState.Error && !cameWithIt);
        if ((died || neverStarted) && (executor.Attempts.Count == 0 || (died && update.State == TaskState.Dropped)))
        {
            executors.Remove(executor, neverStarted ? "neverStarted" : "terminated", update.Message);
        }
    }

    /// <summary>
    /// Whether its launch brought a new executor, resources and all. The cluster checks any other launch as if it did when the executor has ended
    /// meanwhile, and calls the task invalid if there is no room for both: that says nothing about the task.
    /// </summary>
    private bool CameWithItsExecutor(Attempt attempt) =>
        world.Executors.TryGetValue(attempt.Executor, out Executor? executor) && executor.Record.StartedAt == attempt.LaunchedAt;

    /// <summary>Whether a container went over its limits with several tasks in it; the first of them to be told decides for the rest.</summary>
    private bool EndedUnderSeveral(Attempt attempt, TaskUpdate update)
    {
        if (!EndCauses.IsLimit(update) || !world.Executors.TryGetValue(attempt.Executor, out Executor? executor))
        {
            return false;
        }

        executor.EndedUnderSeveral |= executor.Attempts.Count > 1;
        return executor.EndedUnderSeveral;
    }

    private void EmitStatus(Attempt attempt, TaskUpdate update, TaskFailure? failure)
    {
        world.Agents.TryGetValue(attempt.Agent, out Agent? agent);
        changes.Emit(Changes.About(attempt, EventKind.TaskStatus) with
        {
            State = update.State,
            Hostname = agent?.Hostname,
            AgentAddress = agent?.Address,
            Source = update.Source,
            Reason = update.Reason,
            Message = update.Message,
            Failure = failure,
            Progress = update.Report?.Progress,
            ProgressText = update.Report?.Text,
            Sandbox = attempt.Sandbox,
            Log = attempt.Log,
            LastLines = update.Report?.LastLines,
        });
    }

    private static bool IsAlive(TaskState state) =>
        state is TaskState.Staging or TaskState.Starting or TaskState.Running;
}
