using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.State;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduling.Core;

/// <summary>
/// The core. It has no clock, thread, I/O or randomness: what happened and what time it is are inputs, and equal inputs give equal results.
/// <code>
///   inputs ─► Step ─► 1. mutations  commit them as one batch
///    now  ─►          2. effects    then carry them out, in order
///                     3. events     then hand them to the sinks
///                     4. answers    then answer those who asked
/// </code>
/// Not safe for use by several threads: one loop owns it.
/// </summary>
public sealed class SchedulingCore : ISchedulingView
{
    private static readonly TimeSpan ClockStep = TimeSpan.FromSeconds(2);

    // Due times that wait for the event backlog are looked at this often.
    private static readonly TimeSpan HeldPause = TimeSpan.FromSeconds(1);

    private readonly World world;
    private readonly Changes changes;
    private readonly RunLifecycle runs;
    private readonly Firing firing;
    private readonly ExecutorPool executors;
    private readonly AttemptLifecycle attempts;
    private readonly Placing placing;
    private readonly Reconciling reconciling;
    private readonly CommandHandling commands;
    private bool started;

    /// <summary>Takes over from durable records.</summary>
    /// <param name="options">Settings.</param>
    /// <param name="epoch">Epoch of this leader; recorded, not interpreted.</param>
    /// <param name="records">All durable records; none for a new cluster.</param>
    /// <exception cref="StateFormatException">A record cannot be read.</exception>
    public SchedulingCore(CoreOptions options, long epoch, IReadOnlyList<Mutation> records)
    {
        world = new World(options) { Epoch = epoch };
        Loading.Load(world, records);
        changes = new Changes(world);
        runs = new RunLifecycle(world, changes);
        firing = new Firing(world, changes, runs);
        executors = new ExecutorPool(world, changes);
        attempts = new AttemptLifecycle(world, changes, runs, executors);
        placing = new Placing(world, changes, runs, attempts, executors);
        reconciling = new Reconciling(world, changes, attempts, executors);
        var residents = new ResidentRuns(world, runs);
        var trail = new AuditTrail(changes);
        commands = new CommandHandling(
            new Defining(world, changes, firing, runs, residents, executors, trail),
            new Removing(world, changes, firing, runs, executors, trail),
            new RunCommands(world, firing, runs, attempts, trail),
            reconciling,
            new Keeping(world, changes, trail),
            trail);
    }

    /// <summary>Id of the framework, once the cluster has given one.</summary>
    public string? FrameworkId => world.Meta.FrameworkId;

    /// <summary>Lets the inputs happen, in order, at <paramref name="now"/>.</summary>
    public StepResult Step(IReadOnlyList<Input> inputs, Moment now)
    {
        Moment before = world.Now;
        world.Now = now;
        changes.At = now.Wall;
        if (!started)
        {
            started = true;
            Resume();
        }
        else if ((now.Wall - before.Wall) - (now.Elapsed - before.Elapsed) < -ClockStep)
        {
            firing.RestartIntervals();
        }

        foreach (Input input in inputs)
        {
            Take(input);
        }

        while (world.Timers.TryTake(now.Elapsed, out TimerSubject subject))
        {
            Ring(subject);
        }

        while (!BacklogIsFull && world.Timers.TryTakeDue(now.Wall, out Job job))
        {
            firing.Fire(job);
        }

        placing.Round();
        TimeSpan? wakeIn = world.Timers.WakeIn(now);
        return changes.Take(BacklogIsFull && wakeIn < HeldPause ? HeldPause : wakeIn);
    }

    private long Backlog => Math.Max(0, world.Meta.NextSequence - 1 - world.ConfirmedSequence);

    private bool BacklogIsFull => Backlog > world.Options.MostEventBacklog;

    private void Take(Input input)
    {
        switch (input)
        {
            case Input.Connected connected:
                reconciling.Connected(connected.FrameworkId);
                break;
            case Input.Disconnected disconnected:
                reconciling.Disconnected(disconnected.Reason);
                break;
            case Input.FrameworkRemoved removed:
                reconciling.FrameworkRemoved(removed.Reason);
                break;
            case Input.Offers offers:
                reconciling.OffersReceived(offers.Received);
                break;
            case Input.OfferRescinded rescinded:
                reconciling.OfferRescinded(rescinded.Offer);
                break;
            case Input.InverseOffers inverse:
                reconciling.InverseOffers(inverse.Received);
                break;
            case Input.Status status:
                attempts.Handle(status.Update);
                break;
            case Input.ExecutorLost lost:
                reconciling.ExecutorLost(lost.Executor, lost.WaitStatus);
                break;
            case Input.ExecutorDescribed described:
                executors.Described(described.Executor, described.Description);
                break;
            case Input.AgentLost lost:
                reconciling.AgentLost(lost.Agent);
                break;
            case Input.Asked asked:
                changes.Answer(asked.Id, commands.Handle(asked.Command));
                break;
            case Input.EventsConfirmed confirmed:
                Confirm(confirmed.Sequence);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(input), input, "There is no such input.");
        }
    }

    private void Ring(TimerSubject subject)
    {
        switch (subject)
        {
            case TimerSubject.AttemptDue due:
                runs.AttemptDue(due.Run, due.Shard);
                break;
            case TimerSubject.RunTimeout timeout:
                runs.TimedOut(timeout.Run);
                break;
            case TimerSubject.LaunchTimeout timeout:
                attempts.LaunchTimeout(timeout.Attempt, timeout.Watch);
                break;
            case TimerSubject.ReportTimeout timeout:
                attempts.ReportTimeout(timeout.Attempt);
                break;
            case TimerSubject.UnreachableTimeout timeout:
                attempts.UnreachableTimeout(timeout.Attempt);
                break;
            case TimerSubject.KillAgain again:
                runs.KillAgain(again.Attempt);
                break;
            case TimerSubject.ExecutorIdle idle:
                executors.Idle(idle.Executor, idle.Period);
                break;
            case TimerSubject.Reconcile again:
                reconciling.AskAgain(again.Connection, again.Pause);
                break;
            case TimerSubject.ReconcileAll all:
                reconciling.AskForAll(all.Connection);
                break;
            case TimerSubject.ReviveAllowed:
                placing.ReviveAllowed();
                break;
            case TimerSubject.GangWindow:
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(subject), subject, "There is no such timer.");
        }
    }

    /// <summary>After loading: timers are set for what is under way, by what is left of each duration, never more than the whole of it.</summary>
    private void Resume()
    {
        world.LeadsSince = world.Now.Wall;
        changes.Emit(new SchedulerEvent { Kind = EventKind.SchedulerStarted, Message = $"epoch {world.Epoch}" });
        foreach (Job job in world.Jobs.Values)
        {
            firing.Plan(job);
        }

        firing.RestartIntervals();
        foreach (Run run in world.Runs.Values.ToArray())
        {
            ResumeRun(run);
        }

        foreach (Executor executor in world.Executors.Values.ToArray())
        {
            executors.WatchIdle(executor);
        }
    }

    private void ResumeRun(Run run)
    {
        world.Enlist(run);
        if (run is { StartedAt: { } startedAt, State: RunState.Running, IsResident: false } && run.Definition.Policy.Timeout is { } timeout)
        {
            world.Timers.Set(world.Now.Elapsed + Left(timeout, startedAt), new TimerSubject.RunTimeout(run));
        }

        foreach (Shard shard in run.Shards)
        {
            if (shard is { State: ShardState.Delayed, NotBefore: { } notBefore })
            {
                TimeSpan left = notBefore - world.Now.Wall;
                TimeSpan longest = run.Definition.Policy.Retry.BackoffMax > TimeSpan.FromMinutes(1) ? run.Definition.Policy.Retry.BackoffMax : TimeSpan.FromMinutes(1);
                left = left < TimeSpan.Zero ? TimeSpan.Zero : left > longest ? longest : left;
                world.Timers.Set(world.Now.Elapsed + left, new TimerSubject.AttemptDue(run, shard));
            }

            if (shard is { State: ShardState.Active, Attempt: { } attempt })
            {
                if (shard.EndingAs is not null)
                {
                    runs.Kill(attempt);
                }

                attempts.WatchLaunch(attempt, Since(attempt.LaunchedAt));
                if (attempt.UnreachableSince is { } since)
                {
                    attempts.WatchUnreachable(attempt, Since(since));
                }
            }
        }
    }

    private TimeSpan Since(DateTimeOffset then) => world.Now.Wall > then ? world.Now.Wall - then : TimeSpan.Zero;

    private TimeSpan Left(TimeSpan whole, DateTimeOffset since)
    {
        TimeSpan left = whole - Since(since);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private void Confirm(long sequence)
    {
        world.ConfirmedSequence = Math.Max(world.ConfirmedSequence, sequence);
        while (world.Outbox.TryPeek(out (long Last, string Key) batch) && batch.Last <= sequence)
        {
            world.Outbox.Dequeue();
            changes.Write(batch.Key, null);
        }

        while (world.Finished.TryPeek(out (long Sequence, RunView) finished) && finished.Sequence <= sequence)
        {
            world.Finished.Dequeue();
        }
    }

    /// <inheritdoc/>
    public IEnumerable<AppView> Apps() => world.Apps.Values.Select(Of);

    /// <inheritdoc/>
    public IEnumerable<JobView> Jobs() => world.Jobs.Values.Select(static j => j.View);

    /// <inheritdoc/>
    public AppView? FindApp(AppName name) => world.Apps.TryGetValue(name, out App? app) ? Of(app) : null;

    /// <inheritdoc/>
    public JobView? FindJob(JobName name) => world.Jobs.TryGetValue(name, out Job? job) ? job.View : null;

    /// <inheritdoc/>
    public IEnumerable<RunView> Runs(JobName? job = null)
    {
        IEnumerable<RunView> finished = world.Finished.Select(f => f.Run).Where(r => job is null || r.Job == job.Value.Value);
        IEnumerable<Run> unfinished = job is { } name
            ? world.Jobs.TryGetValue(name, out Job? one) ? one.Active.Concat(one.Waiting) : []
            : world.Runs.Values.OrderBy(r => r.Order);
        return finished.Concat(unfinished.Select(r => RunViews.Of(r, world)));
    }

    /// <inheritdoc/>
    public IEnumerable<RunView> NewestRuns(int most, JobName? job = null)
    {
        IEnumerable<RunView> finished = world.Finished.Select(f => f.Run).Where(r => job is null || r.Job == job.Value.Value);
        IEnumerable<Run> unfinished = job is { } name
            ? world.Jobs.TryGetValue(name, out Job? one) ? one.Active.Concat(one.Waiting) : []
            : world.Runs.Values;
        return unfinished.OrderByDescending(r => r.Order).Take(most).Select(r => RunViews.Of(r, world)).Concat(finished.TakeLast(most))
            .OrderByDescending(r => r.CreatedAt).Take(most);
    }

    /// <inheritdoc/>
    public RunView? FindRun(string run) =>
        world.Runs.TryGetValue(run, out Run? found) ? RunViews.Of(found, world) : world.Finished.Select(f => f.Run).FirstOrDefault(r => r.Id == run);

    /// <inheritdoc/>
    public IEnumerable<TaskView> Tasks() => world.Attempts.Values.Select(a => RunViews.Of(a, world));

    /// <inheritdoc/>
    public IReadOnlyList<WhyView> Why(JobName job) => world.Jobs.TryGetValue(job, out Job? found) ? Explaining.Why(world, found) : [];

    /// <inheritdoc/>
    public IEnumerable<AgentView> Agents() => world.Agents.Values.OrderBy(a => a.Hostname, StringComparer.Ordinal).Select(a => new AgentView(
        a.Id,
        a.Hostname,
        a.Address,
        a.Tasks,
        a.Executors.Count,
        a.Executors.Values.Aggregate(Resources.None, (sum, e) => e.Attempts.Aggregate(sum + e.Record.App.Resources, (s, t) => s + t.Run.Definition.Resources)),
        a.Draining));

    /// <inheritdoc/>
    public IEnumerable<ExecutorView> Executors() => world.Executors.Values.OrderBy(e => e.Id, StringComparer.Ordinal).Select(e => new ExecutorView(
        e.Id,
        e.Record.App.Name.Value,
        e.Record.AppVersion,
        e.Record.Agent,
        e.Record.Hostname,
        e.Unreachable ? "unreachable" : !e.Registered ? "starting" : e.Attempts.Count == 0 ? "idle" : "busy",
        e.Attempts.Count,
        e.Record.StartedAt,
        e.IdleSince));

    /// <inheritdoc/>
    public IEnumerable<StoredPackage> Packages() =>
        world.Apps.Values.Select(a => a.Record.Definition.Stored).Concat(world.Executors.Values.Select(e => e.Record.App.Stored)).OfType<StoredPackage>();

    /// <inheritdoc/>
    public ClusterView Cluster() => new()
    {
        Connected = world.Connected,
        FrameworkId = world.Meta.FrameworkId,
        Fault = world.Fault,
        Suppressed = world.Suppressed,
        Epoch = world.Epoch,
        Jobs = world.Jobs.Count,
        Runs = world.Runs.Count,
        Tasks = world.Attempts.Count,
        RunsByState = world.Runs.Values.CountBy(r => r.State).ToDictionary(),
        TasksByState = world.Attempts.Values.CountBy(a => a.State).ToDictionary(),
        EventBacklog = Backlog,
        EventBacklogIsFull = BacklogIsFull,
        Offers = [.. world.Agents.Values.SelectMany(a => a.Offers.Values).Select(o => new OfferView(o.Id, o.Agent, o.Hostname, o.Resources))],
    };

    private static AppView Of(App app) => new(app.Record.Definition, app.Record.Version, app.Record.UpdatedAt, app.Jobs.Count);
}
