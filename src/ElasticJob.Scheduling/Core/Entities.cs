using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Reports;
using ElasticJob.Protocol.Schedules;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.State;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduling.Core;

// The mutable state behind the durable records. Only the classes of this folder change it, and only inside a step.

internal sealed class App
{
    public App(AppRecord record) => Record = record;

    public AppRecord Record
    {
        get;
        set
        {
            field = value;
            Spec = ExecutorPool.SpecOf(value.Definition);
        }
    }

    /// <summary>What its executors are started with, as a comparable text.</summary>
    public string Spec { get; private set; } = "";

    public HashSet<JobName> Jobs { get; } = [];
}

internal sealed class Job(JobRecord record)
{
    private JobView? shown;
    private JobRecord? shownRecord;
    private CursorRecord? shownCursor;

    public JobRecord Record { get; set; } = record;

    public CursorRecord Cursor { get; set; } = new();

    public IReadOnlyList<Schedule> Schedules { get; set; } = [];

    public string? Fault { get; set; }

    public DateTimeOffset? NextDue { get; set; }

    /// <summary>Runs that were admitted and are not finished.</summary>
    public List<Run> Active { get; } = [];

    /// <summary>Runs that wait for their turn, oldest first.</summary>
    public LinkedList<Run> Waiting { get; } = [];

    /// <summary>How many unfinished runs use each older version.</summary>
    public Dictionary<long, int> VersionUses { get; } = [];

    public JobName Name => Record.Definition.Name;

    public JobDefinition Definition => Record.Definition;

    /// <summary>
    /// What readers see: the same record as long as nothing of it has changed, because lists read thousands at once. What it shows is compared each
    /// time instead of being marked at each change, so that no change can be missed.
    /// </summary>
    public JobView View
    {
        get
        {
            int running = 0;
            foreach (Run run in Active)
            {
                running += run.StartedAt is null ? 0 : 1;
            }

            int waiting = Waiting.Count + Active.Count - running;
            if (shown is { } view && view.RunningRuns == running && view.WaitingRuns == waiting && view.NextDue == NextDue
                && ReferenceEquals(shownRecord, Record) && ReferenceEquals(shownCursor, Cursor)
                && ReferenceEquals(view.Fault, Fault) && ReferenceEquals(view.Schedules, Schedules))
            {
                return view;
            }

            shownRecord = Record;
            shownCursor = Cursor;
            shown = new JobView
            {
                Definition = Definition,
                Version = Record.Version,
                CreatedAt = Record.CreatedAt,
                UpdatedAt = Record.UpdatedAt,
                NextDue = NextDue,
                WaitingRuns = waiting,
                RunningRuns = running,
                Last = Cursor.Last,
                Fault = Fault,
                AnsweredUpTo = Cursor.AnsweredUpTo,
                Schedules = Schedules,
            };
            return shown;
        }
    }
}

internal sealed class Run
{
    public required string Id { get; init; }

    public required Job Job { get; init; }

    public required JobDefinition Definition { get; init; }

    public required long Version { get; init; }

    public required Trigger Trigger { get; init; }

    public required DateTimeOffset DueAt { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required long Order { get; init; }

    public required Shard[] Shards { get; init; }

    public string? Parameter { get; init; }

    public string? Actor { get; init; }

    public DateTimeOffset? StartedAt { get; set; }

    public RunState State { get; set; }

    public Outcome? EndingAs { get; set; }

    public string? EndingReason { get; set; }

    public int Unfinished { get; set; }

    /// <summary>Shards that wait for a place.</summary>
    public int Pending { get; set; }

    /// <summary>Since when it waits for places; for the gang rule.</summary>
    public TimeSpan ReadySince { get; set; }

    /// <summary>How often offers were kept for it and were not enough.</summary>
    public int KeptInVain { get; set; }

    /// <summary>Not before then are offers kept for it again, in elapsed time.</summary>
    public TimeSpan KeepAgainFrom { get; set; } = TimeSpan.MinValue;

    /// <summary>What the last placement round said about its next shard; not durable.</summary>
    public IReadOnlyList<string> Refusals { get; set; } = [];

    public bool IsResident => Trigger == Trigger.Resident;

    public override string ToString() => Id;
}

internal sealed class Shard
{
    public required int Item { get; init; }

    /// <summary>Position among the shards of the run, for paging.</summary>
    public required int Index { get; init; }

    public ShardState State { get; set; }

    public int Attempts { get; set; }

    public int Failures { get; set; }

    public int PlaceLosses { get; set; }

    public DateTimeOffset? NotBefore { get; set; }

    public string? Reason { get; set; }

    public Outcome? Outcome { get; set; }

    /// <summary>Set when the attempt is being ended: how the shard will have ended.</summary>
    public Outcome? EndingAs { get; set; }

    public Attempt? Attempt { get; set; }
}

internal sealed class Attempt
{
    public required string Task { get; init; }

    public required Run Run { get; init; }

    public required Shard Shard { get; init; }

    public required int Number { get; init; }

    public required long FencingToken { get; init; }

    public required string Agent { get; init; }

    public required string Executor { get; init; }

    public required DateTimeOffset LaunchedAt { get; init; }

    public TaskState State { get; set; }

    public DateTimeOffset? RunningAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    public DateTimeOffset? UnreachableSince { get; set; }

    public string? Sandbox { get; set; }

    public string? Log { get; set; }

    public string? Message { get; set; }

    public TaskFailure? Failure { get; set; }

    // Not durable:
    public double? Progress { get; set; }

    public string? ProgressText { get; set; }

    public IReadOnlyList<string>? LastLines { get; set; }

    /// <summary>Since when it is unreachable, in elapsed time.</summary>
    public TimeSpan UnreachableFrom { get; set; }

    /// <summary>Counts the times its launch began to be watched, so that an old timer is told from the current one.</summary>
    public int LaunchWatch { get; set; }

    /// <summary>What the master said of its end; the agent still has the report.</summary>
    public TaskUpdate? EndTold { get; set; }

    /// <summary>Since when it is being killed.</summary>
    public TimeSpan? KillingSince { get; set; }

    /// <summary>Whether the launch timeout has asked for it and nothing was heard since.</summary>
    public bool Questioned { get; set; }

    /// <summary>Whether it was heard of since the last subscription.</summary>
    public bool Confirmed { get; set; }

    /// <summary>Whether nobody can say if it runs: its place is unreachable, or it was asked for in vain.</summary>
    public bool IsUncertain => State == TaskState.Unreachable || Questioned || !Confirmed;
}

internal sealed class Executor(ExecutorRecord record, string spec)
{
    public ExecutorRecord Record { get; set; } = record;

    /// <summary>What it was started with, as a comparable text.</summary>
    public string Spec { get; } = spec;

    public HashSet<Attempt> Attempts { get; } = [];

    public bool Registered { get; set; }

    public bool Unreachable { get; set; }

    /// <summary>It was told to end: what it has may still finish, but it gets nothing new.</summary>
    public bool Ending { get; set; }

    /// <summary>How it ended, as far as that is known, while its tasks are still heard of.</summary>
    public string? EndedBy { get; set; }

    /// <summary>Whether its container ended under more than one task: nobody knows which of them was the cause.</summary>
    public bool EndedUnderSeveral { get; set; }

    public DateTimeOffset? IdleSince { get; set; }

    /// <summary>Counts the times it became idle, so that an old timer is told from the current one.</summary>
    public int IdlePeriod { get; set; }

    public string Id => Record.Id;
}

internal sealed class Agent(string id)
{
    public string Id { get; } = id;

    public string Hostname { get; set; } = "";

    public string? Address { get; set; }

    public IReadOnlyDictionary<string, string> Attributes { get; set; } = new Dictionary<string, string>();

    public Dictionary<string, Offer> Offers { get; } = [];

    public Dictionary<string, Executor> Executors { get; } = [];

    public bool Draining { get; set; }

    public int Tasks { get; set; }
}
