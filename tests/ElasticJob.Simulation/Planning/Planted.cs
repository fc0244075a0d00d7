using System.Text;
using System.Text.Json.Nodes;
using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.State;

namespace ElasticJob.Simulation.Planning;

/// <summary>Carries out the planted bug, if there is one, on what goes into the core and comes out of it.</summary>
internal sealed class Planted(SimulatedWorld world)
{
    public bool AnswersAtOnce(Command command) => world.Bug switch
    {
        PlantedBug.DisableIgnored => command is Command.EnableJob { Enabled: false },
        PlantedBug.AppDisableIgnored => command is Command.EnableApp { Enabled: false },
        PlantedBug.KillIgnored => command is Command.KillRun { Shard: null },
        _ => false,
    };

    public Command Command(Command command) => command is Command.Apply apply ? apply with { Jobs = [.. apply.Jobs.Select(Change)] } : command;

    public bool Takes(Input input) =>
        world.Bug != PlantedBug.StatusIgnored || input is not Input.Status { Update: { State: TaskState.Finished } update } || update.Task.Sum(c => c) % 5 != 0;

    public DateTimeOffset Wall(DateTimeOffset wall) => world.Bug == PlantedBug.FiredEarly ? wall + TimeSpan.FromSeconds(3) : wall;

    public Effect Effect(Effect effect) => world.Bug switch
    {
        PlantedBug.TaskIdReused => Relaunch(effect, t => Named(t, FirstName(t.Task))),
        PlantedBug.Overcommitted => Relaunch(effect, t => t with { Resources = t.Resources + t.Resources + t.Resources + t.Resources }),
        PlantedBug.ManyShardsStarve => effect is Effect.Accept accept && accept.Tasks.Any(t => t.Order.ShardCount > 1) ? new Effect.Decline(accept.Offers, TimeSpan.FromSeconds(1)) : effect,
        PlantedBug.VersionWrong => Relaunch(effect, t => t with { Order = t.Order with { JobVersion = t.Order.JobVersion + 1 } }),
        _ => effect,
    };

    /// <summary>What is written of a batch.</summary>
    public IReadOnlyList<Mutation> Written(IReadOnlyList<Mutation> mutations) => world.Bug switch
    {
        PlantedBug.MutationLost => [.. mutations.Where(m => !m.Key.StartsWith("runs/", StringComparison.Ordinal) || !world.Chaos.Chance(0.05))],
        PlantedBug.ConfirmedEventsKept => [.. mutations.Where(m => m.Value is not null || !m.Key.StartsWith("outbox/", StringComparison.Ordinal))],
        _ => mutations,
    };

    /// <summary>What is loaded of the records: with the bug, as if the due times of the last two minutes had not been answered.</summary>
    public IReadOnlyList<Mutation> Loaded(IReadOnlyList<Mutation> records) => world.Bug != PlantedBug.FiredAgain
        ? records
        : [.. records.Select(m => m.Key.StartsWith("cursors/", StringComparison.Ordinal) ? m with { Value = Forget(m.Value!) } : m)];

    private static byte[] Forget(byte[] cursor)
    {
        JsonNode json = JsonNode.Parse(cursor)!;
        json["answeredUpTo"] = json["answeredUpTo"]!.GetValue<DateTimeOffset>() - TimeSpan.FromMinutes(2);
        return Encoding.UTF8.GetBytes(json.ToJsonString());
    }

    public IReadOnlyList<SchedulerEvent> Events(IReadOnlyList<SchedulerEvent> batch) => world.Bug switch
    {
        PlantedBug.EventLost when batch.Count > 2 => [.. batch.Where((_, i) => i != 1)],
        PlantedBug.SkipForgotten => [.. batch.Select(e => e.Kind == EventKind.DueSkipped ? Nothing(e) : e)],
        PlantedBug.CauseForgotten => [.. batch.Select(e => e.Kind == EventKind.ShardDelayed ? Nothing(e) : e)],
        PlantedBug.OutcomeWrong => [.. batch.Select(e => e is { Kind: EventKind.ShardFinished, Shard: 1 } ? e with { Outcome = Outcome.Failed } : e)],
        _ => batch,
    };

    private JobDefinition Change(JobDefinition job) => world.Bug switch
    {
        PlantedBug.DueTimesLost => job with { Schedule = [.. job.Schedule.Select(c => Misread(c, less: true))] },
        PlantedBug.DueTimesAdded => job with { Schedule = [.. job.Schedule.Select(c => Misread(c, less: false))] },
        PlantedBug.OverlapIgnored => job with { Policy = job.Policy with { Overlap = OverlapPolicy.Allow } },
        PlantedBug.AtMostOnceIgnored => job with { Policy = job.Policy with { Failover = true, Retry = new RetryPolicy { Attempts = 3 } } },
        PlantedBug.ParameterForgotten => job with { Parameter = null },
        PlantedBug.TimeoutIgnored => job with { Policy = job.Policy with { Timeout = null } },
        PlantedBug.RetryForgotten => job with { Policy = job.Policy with { Retry = new RetryPolicy() } },
        PlantedBug.RetriedTooOften => job with { Policy = job.Policy with { Retry = job.Policy.Retry with { Attempts = job.Policy.Retry.Attempts + 1 } } },
        PlantedBug.BackoffForgotten => job with { Policy = job.Policy with { Retry = job.Policy.Retry with { BackoffMin = TimeSpan.FromMilliseconds(1), BackoffMax = TimeSpan.FromMilliseconds(1) } } },
        PlantedBug.FailoverForgotten => job with { Policy = job.Policy with { Failover = false } },
        PlantedBug.PatienceForgotten => job with { Policy = job.Policy with { UnreachableTimeout = TimeSpan.FromMilliseconds(1) } },
        PlantedBug.GangTornApart => job with { Policy = job.Policy with { Launch = LaunchPolicy.EachShard } },
        PlantedBug.ReplaceForgotten when job.Policy.Overlap == OverlapPolicy.Replace => job with { Policy = job.Policy with { Overlap = OverlapPolicy.QueueAll } },
        PlantedBug.ShardForgotten when job.ShardCount > 1 => job with { ShardCount = job.ShardCount - 1 },
        _ => job,
    };

    /// <summary>Seconds such as <c>0/10</c> without the start of the minute, or with one more.</summary>
    private static string Misread(string cron, bool less) => cron.Split(' ')[0].Split('/') is not ["0", var step] ? cron
        : less ? $"{step}-59{cron[1..]}" : $"7,{cron}";

    private static SchedulerEvent Nothing(SchedulerEvent e) => new() { Sequence = e.Sequence, At = e.At, Kind = EventKind.SchedulerStarted };

    private static string FirstName(string task) => task[..(task.LastIndexOf('_') + 1)] + "1";

    private static TaskLaunch Named(TaskLaunch launch, string name) => launch with { Task = name, Order = launch.Order with { Task = name } };

    private static Effect Relaunch(Effect effect, Func<TaskLaunch, TaskLaunch> change) =>
        effect is Effect.Accept accept ? accept with { Tasks = [.. accept.Tasks.Select(change)] } : effect;
}
