using System.Globalization;
using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Schedules;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduler.Tests.Api;

/// <summary>What stands behind the API's port in these tests: keeps definitions and runs in memory and schedules nothing.</summary>
internal sealed class MemoryLoop : ISchedulerLoop, ISchedulingView
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<AppName, AppView> apps = [];
    private readonly SortedDictionary<JobName, JobView> jobs = [];
    private readonly Dictionary<string, RunView> runs = [];

    public string? Unavailable { get; set; }

    public ClusterView ClusterNow { get; set; } = new() { Connected = true, FrameworkId = "f-1", Epoch = 1 };

    public ValueTask<CommandResult> SubmitAsync(Command command, CancellationToken cancellationToken = default)
    {
        lock (gate)
        {
            return Unavailable is { } why ? throw new SchedulerUnavailableException(why) : new(Answer(command));
        }
    }

    public ValueTask<T> ReadAsync<T>(Func<ISchedulingView, T> read, CancellationToken cancellationToken = default)
    {
        lock (gate)
        {
            return Unavailable is { } why ? throw new SchedulerUnavailableException(why) : new(read(this));
        }
    }

    public void Put(RunView run)
    {
        lock (gate)
        {
            runs[run.Id] = run;
        }
    }

    public IEnumerable<AppView> Apps() => apps.Values;

    public IEnumerable<JobView> Jobs() => jobs.Values;

    public AppView? FindApp(AppName name) => apps.GetValueOrDefault(name);

    public JobView? FindJob(JobName name) => jobs.GetValueOrDefault(name);

    public IEnumerable<RunView> Runs(JobName? job = null) => runs.Values.Where(r => job is null || r.Job == job.Value.Value).OrderBy(r => r.CreatedAt);

    public IEnumerable<RunView> NewestRuns(int most, JobName? job = null) => Runs(job).Reverse().Take(most);

    public RunView? FindRun(string run) => runs.GetValueOrDefault(run);

    public IEnumerable<TaskView> Tasks() => [];

    public IReadOnlyList<WhyView> Why(JobName job) => [];

    public IEnumerable<AgentView> Agents() => [new("a-1", "h1", "127.0.0.1:5051", 1, 1, Resources.Of(0.5, 1024), false)];

    public IEnumerable<ExecutorView> Executors() => [];

    public IEnumerable<StoredPackage> Packages() => apps.Values.Select(a => a.Definition.Stored).OfType<StoredPackage>();

    public ClusterView Cluster() => ClusterNow with { Jobs = jobs.Count, Runs = runs.Count };

    private CommandResult Answer(Command command) => command switch
    {
        Command.Apply apply => Apply(apply),
        Command.RemoveApp c when !apps.ContainsKey(c.App) => Missing,
        Command.Note => CommandResult.Done,
        Command.RemoveApp c when c.Expected is { } expected && apps[c.App].Version != expected => Changed,
        Command.RemoveJob c when c.Expected is { } expected && jobs.TryGetValue(c.Job, out JobView? job) && job.Version != expected => Changed,
        Command.RemoveApp c when jobs.Values.Any(j => j.Definition.App == c.App) => new(CommandStatus.Conflict, "Jobs use the app."),
        Command.RemoveApp c => Do(() => apps.Remove(c.App)),
        Command.RemoveJob c => jobs.Remove(c.Job) ? CommandResult.Done : Missing,
        Command.EnableApp c => apps.TryGetValue(c.App, out AppView? app)
            ? Do(() => apps[c.App] = app with { Definition = app.Definition with { Enabled = c.Enabled }, Version = app.Version + 1 }) : Missing,
        Command.EnableJob c => jobs.TryGetValue(c.Job, out JobView? job)
            ? Do(() => jobs[c.Job] = job with { Definition = job.Definition with { Enabled = c.Enabled }, Version = job.Version + 1 }) : Missing,
        Command.TriggerJob c => Trigger(c),
        Command.Reconcile => CommandResult.Done,
        Command.KillRun c => runs.ContainsKey(c.Run) ? CommandResult.Done : Missing,
        Command.DeclareLost c => runs.ContainsKey(c.Run) ? CommandResult.Done : Missing,
        _ => throw new NotSupportedException(),
    };

    private CommandResult Apply(Command.Apply apply)
    {
        foreach ((string key, long version) in apply.Expected ?? new Dictionary<string, long>())
        {
            long stored = key.StartsWith("app/", StringComparison.Ordinal) ? FindApp(new AppName(key[4..]))?.Version ?? 0 : FindJob(new JobName(key[4..]))?.Version ?? 0;
            if (stored != version)
            {
                return new(CommandStatus.Conflict, $"{key} has version {stored}.");
            }
        }

        var changes = new List<DefinitionChange>();
        foreach (AppDefinition app in apply.Apps)
        {
            long version = (FindApp(app.Name)?.Version ?? 0) + 1;
            apps[app.Name] = new AppView(app, version, DateTimeOffset.UnixEpoch, 0);
            changes.Add(new("app", app.Name.Value, version == 1 ? "created" : "updated", version));
        }

        foreach (JobDefinition job in apply.Jobs)
        {
            long version = (FindJob(job.Name)?.Version ?? 0) + 1;
            jobs[job.Name] = new JobView
            {
                Definition = job,
                Version = version,
                CreatedAt = DateTimeOffset.UnixEpoch,
                UpdatedAt = DateTimeOffset.UnixEpoch,
                Schedules = [.. job.Schedule.Select(s => CronSchedule.TryParse(s, job.TimeZone, out CronSchedule? c, out _) ? c : throw new InvalidOperationException())],
            };
            changes.Add(new("job", job.Name.Value, version == 1 ? "created" : "updated", version));
        }

        return new(CommandStatus.Done, Changes: changes);
    }

    private CommandResult Trigger(Command.TriggerJob trigger)
    {
        if (!jobs.TryGetValue(trigger.Job, out JobView? job))
        {
            return Missing;
        }

        if (trigger.Shards?.Any(s => s < 0 || s >= job.Definition.ShardCount) == true)
        {
            return new(CommandStatus.Invalid, "There is no such shard.");
        }

        string run = string.Create(CultureInfo.InvariantCulture, $"{trigger.Job}@{runs.Count + 1}");
        runs[run] = new RunView
        {
            Id = run,
            Job = trigger.Job.Value,
            Version = job.Version,
            Trigger = Protocol.Orders.Trigger.Manual,
            DueAt = DateTimeOffset.UnixEpoch,
            CreatedAt = DateTimeOffset.UnixEpoch.AddSeconds(runs.Count),
            State = RunState.Ready,
            Parameter = trigger.Parameter,
            Actor = trigger.Actor.Name,
        };
        return new(CommandStatus.Done, Run: run);
    }

    private static CommandResult Do(Action change)
    {
        change();
        return CommandResult.Done;
    }

    private static CommandResult Changed => new(CommandStatus.Conflict, "Another version is stored.");

    private static CommandResult Missing => new(CommandStatus.NotFound, "There is no such thing.");
}
