using System.Globalization;
using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Storage;

namespace ElasticJob.Scheduler.Leadership.Rehearsals;

/// <summary>A state with runs whose tasks are running, and with one job that is due every second, as the core itself leaves it.</summary>
internal static class RehearsedState
{
    // Enough to be read on all processors, as a large state is.
    private const int Jobs = 600;
    private const int Shards = 5;

    public static async Task StoreAsync(IStateStore store, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await store.OpenAsync(cancellationToken).ConfigureAwait(false);
        var core = new SchedulingCore(new CoreOptions(), 1, []);
        var app = new AppDefinition { Name = new AppName("rehearsal"), Command = "rehearsal" };
        JobDefinition[] jobs = [.. Enumerable.Range(0, Jobs).Select(i => new JobDefinition
        {
            Name = new JobName(string.Create(CultureInfo.InvariantCulture, $"rehearsal-{i}")),
            App = app.Name,
            Work = new ClassWork("rehearsal"),
            Schedule = [i == 0 ? "* * * * * ?" : "0 0 * * * ?"],
            Every = i == 0 ? null : TimeSpan.FromHours(1),
            ShardCount = i == 0 ? 1 : Shards,
            Resources = Resources.Of(0.01, 1),
            Policy = new JobPolicy { Overlap = i == 0 ? OverlapPolicy.Allow : OverlapPolicy.Forbid },
        })];

        await StepAsync(0, new Input.Connected("rehearsal"), new Input.Asked(1, new Command.Apply("rehearsal", [app], jobs))).ConfigureAwait(false);
        await StepAsync(2 * 60 * 60).ConfigureAwait(false);
        StepResult placed = await StepAsync(
            2 * 60 * 60,
            new Input.Offers([new Offer { Id = "rehearsal", Agent = "rehearsal", Hostname = "rehearsal", Resources = Resources.Of(10_000, 1_000_000) }])).ConfigureAwait(false);
        Input[] running = [.. placed.Effects.OfType<Effect.Accept>().SelectMany(accept => accept.Tasks.Select(task => new Input.Status(new TaskUpdate
        {
            Task = task.Task,
            State = TaskState.Running,
            Agent = accept.Agent,
            Executor = task.Executor.Id,
            Source = "executor",
        })))];
        await StepAsync(2 * 60 * 60, running).ConfigureAwait(false);

        async ValueTask<StepResult> StepAsync(int second, params Input[] inputs)
        {
            TimeSpan elapsed = TimeSpan.FromSeconds(second);
            StepResult step = core.Step(inputs, new Moment(now - TimeSpan.FromHours(2) + elapsed, elapsed));
            await store.CommitAsync(step.Mutations, cancellationToken).ConfigureAwait(false);
            return step;
        }
    }
}
