using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Simulation.Checking;

/// <summary>User code that ran, as the executor knows it.</summary>
internal sealed class Execution
{
    public required TaskOrder Order { get; init; }

    public required string Agent { get; init; }

    public required TimeSpan From { get; init; }

    public TimeSpan? To { get; set; }

    public bool Finished { get; set; }
}

/// <summary>A command of an operator, and what was answered.</summary>
internal sealed class Asking
{
    public required Command Command { get; init; }

    public required TimeSpan AskedAt { get; init; }

    public TimeSpan? AnsweredAt { get; set; }

    public CommandResult? Result { get; set; }
}

/// <summary>
/// What is known of a history from outside the core: what executors ran, which launches, statuses and acknowledgements went over the wire, what was
/// committed, what the sink holds, and what operators asked for and were told.
/// </summary>
internal sealed class Witness
{
    public List<Execution> Executions { get; } = [];

    public List<(TimeSpan At, TaskLaunch Launch)> Launches { get; } = [];

    public SortedDictionary<long, SchedulerEvent> Stored { get; } = [];

    public Dictionary<string, Asking> Askings { get; } = [];

    public HashSet<string> CommittedLaunches { get; } = [];

    public HashSet<string> CommittedEnds { get; } = [];

    /// <summary>Tasks whose place was recorded as lost or uncertain before they were known to have ended, and when.</summary>
    public Dictionary<string, TimeSpan> PlaceLost { get; } = [];

    public long LastCommitted { get; set; }

    /// <summary>After which event the wall clock was set back, each time.</summary>
    public List<long> StepsBack { get; } = [];

    public List<string> Violations { get; } = [];

    public void Fail(string invariant, string what)
    {
        if (Violations.Count < 20)
        {
            Violations.Add($"{invariant}: {what}");
        }
    }

    /// <summary>Looks at a batch at the moment it becomes durable.</summary>
    public void Committed(IReadOnlyList<SchedulerEvent> events, TimeSpan at, DateTimeOffset wall)
    {
        foreach (SchedulerEvent happening in events)
        {
            if (happening.Sequence != LastCommitted + 1)
            {
                Fail("I9", $"event {happening.Sequence} was committed after {LastCommitted}");
            }

            LastCommitted = happening.Sequence;
            switch (happening.Kind)
            {
                case EventKind.TaskLaunched:
                    if (!CommittedLaunches.Add(happening.Task!))
                    {
                        Fail("I2", $"task {happening.Task} was launched twice");
                    }

                    break;
                case EventKind.TaskStatus when happening.State is not (TaskState.Staging or TaskState.Starting or TaskState.Running or TaskState.Killing or TaskState.Unreachable or TaskState.Unknown):
                    CommittedEnds.Add(happening.Task!);
                    if (happening.State is TaskState.Lost or TaskState.Gone or TaskState.GoneByOperator)
                    {
                        PlaceLost.TryAdd(happening.Task!, at);
                    }

                    break;
                case EventKind.RunCreated when happening.Trigger is Trigger.Cron or Trigger.Misfire && happening.DueAt > wall:
                    Fail("I15", $"run {happening.Run} is due at {happening.DueAt:u} and was created at {wall:u}");
                    break;
                default:
                    break;
            }
        }
    }
}
