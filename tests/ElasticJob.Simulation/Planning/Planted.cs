using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;
using ElasticJob.Simulation.Scheduler;

namespace ElasticJob.Simulation.Planning;

/// <summary>Carries out the planted bug, if there is one, on what goes into the core and comes out of it.</summary>
internal sealed class Planted(SimulatedWorld world)
{
    private DateTimeOffset latest;

    public Command Command(Command command, SimulatedScheduler scheduler, long question)
    {
        if (command is Command.Apply apply)
        {
            return apply with { Jobs = [.. apply.Jobs.Select(Change)] };
        }

        if (world.Bug == PlantedBug.DisableIgnored && command is Command.EnableJob { Enabled: false })
        {
            scheduler.AnswerAtOnce(question);
            return new Command.KillRun("nobody", "no run");
        }

        return command;
    }

    public bool Takes(Input input) =>
        world.Bug != PlantedBug.StatusIgnored || input is not Input.Status { Update: { State: TaskState.Finished } update } || update.Task.Sum(c => c) % 5 != 0;

    public DateTimeOffset Wall(DateTimeOffset wall)
    {
        if (world.Bug == PlantedBug.FiredAgain)
        {
            latest = wall > latest ? wall : latest;
        }

        return world.Bug == PlantedBug.FiredEarly ? wall + TimeSpan.FromSeconds(3) : wall;
    }

    public StepResult Step(StepResult step, SimulatedScheduler scheduler) => world.Bug switch
    {
        PlantedBug.TaskIdReused => step with { Effects = [.. step.Effects.Select(e => Relaunch(e, t => Named(t, FirstName(t.Task))))] },
        PlantedBug.Overcommitted => step with { Effects = [.. step.Effects.Select(e => Relaunch(e, t => t with { Resources = t.Resources + t.Resources + t.Resources + t.Resources }))] },
        PlantedBug.VersionWrong => step with { Effects = [.. step.Effects.Select(e => Relaunch(e, t => t with { Order = t.Order with { JobVersion = t.Order.JobVersion + 1 } }))] },
        _ => step,
    };

    public IReadOnlyList<SchedulerEvent> Events(IReadOnlyList<SchedulerEvent> batch) => world.Bug switch
    {
        PlantedBug.EventLost when batch.Count > 2 => [.. batch.Where((_, i) => i != 1)],
        PlantedBug.SkipForgotten => [.. batch.Select(e => e.Kind == EventKind.DueSkipped ? Nothing(e) : e)],
        PlantedBug.CauseForgotten => [.. batch.Select(e => e.Kind == EventKind.ShardDelayed ? Nothing(e) : e)],
        PlantedBug.FiredAgain => [.. batch.Select(e => e.Kind == EventKind.DueSkipped && e.DueUntil is not null ? e with { DueUntil = e.DueAt } : e)],
        _ => batch,
    };

    private JobDefinition Change(JobDefinition job) => world.Bug switch
    {
        PlantedBug.OverlapIgnored => job with { Policy = job.Policy with { Overlap = OverlapPolicy.Allow } },
        PlantedBug.AtMostOnceIgnored => job with { Policy = job.Policy with { Failover = true, Retry = new RetryPolicy { Attempts = 3 } } },
        PlantedBug.ShardForgotten when job.ShardCount > 1 => job with { ShardCount = job.ShardCount - 1 },
        _ => job,
    };

    private static SchedulerEvent Nothing(SchedulerEvent e) => new() { Sequence = e.Sequence, At = e.At, Kind = EventKind.SchedulerStarted };

    private static string FirstName(string task) => task[..(task.LastIndexOf('_') + 1)] + "1";

    private static TaskLaunch Named(TaskLaunch launch, string name) => launch with { Task = name, Order = launch.Order with { Task = name } };

    private static Effect Relaunch(Effect effect, Func<TaskLaunch, TaskLaunch> change) =>
        effect is Effect.Accept accept ? accept with { Tasks = [.. accept.Tasks.Select(change)] } : effect;
}
