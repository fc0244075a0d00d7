using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Bench.Events;

/// <summary>
/// The events of many runs of three shards each, as a busy scheduler tells them: many runs are under way at once, so that what belongs to one run
/// comes in several batches. One run in twenty has a shard that fails.
/// </summary>
internal static class MadeRuns
{
    public const int Shards = 3;
    public const int EventsOfOneRun = 3 + (4 * Shards);
    private const int Jobs = 10_000;
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Name of a job, from 0.</summary>
    public static string Job(int number) => Table.Text($"job-{number % Jobs:00000}");

    /// <param name="first">Number of the first run; the sequence goes on with it.</param>
    /// <param name="runs">How many.</param>
    /// <param name="between">Time from one run's begin to the next one's.</param>
    public static List<SchedulerEvent> Stream(int first, int runs, TimeSpan between)
    {
        var events = new List<SchedulerEvent>(runs * EventsOfOneRun);
        for (int run = first; run < first + runs; run++)
        {
            events.AddRange(Run(run, Start + (run * between)));
        }

        // A stable sort: what happens at the same moment keeps its order.
        long sequence = (long)first * EventsOfOneRun;
        return [.. events.OrderBy(e => e.At).Select(e => e with { Sequence = ++sequence })];
    }

    /// <summary>A long history in few events: each run is created and finished, a second later than the one before. The last ten do not finish.</summary>
    public static IEnumerable<SchedulerEvent> Short(int runs)
    {
        for (int run = 0; run < runs; run++)
        {
            DateTimeOffset due = ShortDue(run);
            SchedulerEvent e = new() { Sequence = (2L * run) + 1, At = due, Job = Job(run), Run = ShortRun(run) };
            yield return e with { Kind = EventKind.RunCreated, Version = 3, Trigger = Trigger.Cron, DueAt = due, DueCount = 1, ShardCount = Shards };
            bool fails = run % 100 == 0;
            yield return run >= runs - 10
                ? e with { Sequence = e.Sequence + 1, Kind = EventKind.RunStarted }
                : e with { Sequence = e.Sequence + 1, At = due.AddMilliseconds(300), Kind = EventKind.RunFinished, Outcome = fails ? Outcome.Failed : Outcome.Succeeded };
        }
    }

    /// <summary>Id of a run of <see cref="Short"/>.</summary>
    public static string ShortRun(int number) => Table.Text($"{Job(number)}@{ShortDue(number):yyyyMMdd'T'HHmmss'Z'}");

    /// <summary>Due time of a run of <see cref="Short"/>.</summary>
    public static DateTimeOffset ShortDue(int number) => Start.AddSeconds(number);

    private static IEnumerable<SchedulerEvent> Run(int number, DateTimeOffset due)
    {
        bool fails = number % 20 == 0;
        string job = Job(number);
        string run = Table.Text($"{job}@{due:yyyyMMdd'T'HHmmss'Z'}-{number}");
        yield return new SchedulerEvent { At = due, Kind = EventKind.RunCreated, Job = job, Run = run, Version = 3, Trigger = Trigger.Cron, DueAt = due, DueCount = 1, ShardCount = Shards };
        yield return new SchedulerEvent { At = due.AddMilliseconds(3), Kind = EventKind.RunStarted, Job = job, Run = run };
        for (int shard = 0; shard < Shards; shard++)
        {
            SchedulerEvent task = new()
            {
                Job = job, Run = run, Shard = shard, Attempt = 1, Task = Table.Text($"{run}_{shard}_1"), Agent = "8f14e45f-ceea-467f-a830-5ce3f5a3d07f-S0", Hostname = "node1",
                AgentAddress = "http://10.0.0.1:5051", Executor = "shop-jobs.4711",
            };
            bool failed = fails && shard == 0;
            DateTimeOffset ended = due.AddMilliseconds(200 + (40 * shard));
            yield return task with { At = due.AddMilliseconds(3), Kind = EventKind.TaskLaunched, State = TaskState.Staging, FencingToken = number };
            yield return task with
            {
                At = due.AddMilliseconds(60), Kind = EventKind.TaskStatus, State = TaskState.Running, Source = "executor",
                Sandbox = "/var/lib/mesos/slaves/S0/frameworks/F1/executors/shop-jobs.4711/runs/latest", Log = Table.Text($"tasks/{number}_{shard}.log"),
            };
            yield return task with
            {
                At = ended, Kind = EventKind.TaskStatus, State = failed ? TaskState.Failed : TaskState.Finished, Source = "executor",
                Message = failed ? "exit code 3" : null, LastLines = failed ? ["Order 17 has no customer.", "exit code 3"] : null,
                Failure = failed ? new Protocol.Reports.TaskFailure { Kind = Protocol.Reports.FailureKind.ExitCode, Message = "exit code 3", ExitCode = 3 } : null,
            };
            yield return new SchedulerEvent { At = ended, Kind = EventKind.ShardFinished, Job = job, Run = run, Shard = shard, Attempt = 1, Outcome = failed ? Outcome.Failed : Outcome.Succeeded };
        }

        yield return new SchedulerEvent { At = due.AddMilliseconds(300), Kind = EventKind.RunFinished, Job = job, Run = run, Outcome = fails ? Outcome.Failed : Outcome.Succeeded, Reason = fails ? "shardFailed" : null };
    }
}
