using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.State;
using ElasticJob.Storage;

namespace ElasticJob.Bench.ZooKeeper;

/// <summary>Runs from the due time to the end, one after the other, with each batch written as the loop writes it: what one run costs when nothing shares its commits.</summary>
internal sealed class RunWrites(IStateStore store)
{
    private static readonly AppName App = new("app");
    private readonly SchedulingCore core = new(new CoreOptions(), 1, []);
    private DateTimeOffset wall = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private TimeSpan elapsed;
    private long confirmed;

    /// <summary>Commits so far.</summary>
    public int Commits { get; private set; }

    /// <summary>Runs that have finished.</summary>
    public int Finished { get; private set; }

    public async Task RunAsync(int runs, CancellationToken cancellationToken)
    {
        await StepAsync(new Input.Connected("framework"));
        await StepAsync(new Input.Asked(1, new Command.Apply(
            "bench",
            [new AppDefinition { Name = App, Command = "./App" }],
            [new JobDefinition { Name = new JobName("job"), App = App, Work = new ClassWork("shard"), Every = TimeSpan.FromMinutes(1), Resources = Resources.Of(0.01, 1) }])));
        Commits = 0;
        for (int run = 0; run < runs; run++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Pass(TimeSpan.FromMinutes(1));
            StepResult placed = await StepAsync();
            for (int round = 0; !placed.Effects.OfType<Effect.Accept>().Any() && round < 5; round++)
            {
                Pass(TimeSpan.FromMilliseconds(10));
                placed = await StepAsync(new Input.Offers([new Offer { Id = $"offer-{run}-{round}", Agent = "agent", Hostname = "host", Resources = Resources.Of(64, 65536) }]));
            }

            TaskLaunch task = placed.Effects.OfType<Effect.Accept>().Single().Tasks.Single();
            foreach (TaskState state in (TaskState[])[TaskState.Running, TaskState.Finished])
            {
                Pass(TimeSpan.FromMilliseconds(500));
                await StepAsync(new Input.Status(new TaskUpdate { Task = task.Task, State = state, Agent = "agent", Executor = task.Executor.Id, Source = "executor", Uuid = "AAAA" }));
            }

            Finished++;
        }

        async Task<StepResult> StepAsync(params Input[] inputs)
        {
            StepResult result = core.Step([.. inputs, .. confirmed > 0 ? [new Input.EventsConfirmed(confirmed)] : (Input[])[]], new Moment(wall, elapsed));
            if (result.Mutations.Count > 0)
            {
                await store.CommitAsync([.. result.Mutations], cancellationToken);
                Commits++;
            }

            confirmed = result.Events.Count > 0 ? result.Events[^1].Sequence : 0;
            return result;
        }
    }

    private void Pass(TimeSpan span)
    {
        wall += span;
        elapsed += span;
    }
}
