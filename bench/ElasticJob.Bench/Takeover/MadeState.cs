using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.State;
using ElasticJob.Storage;

namespace ElasticJob.Bench.Takeover;

/// <summary>What a scheduler leaves to the next one: made by the core itself, from its first step to running tasks.</summary>
internal static class MadeState
{
    /// <summary>The job that is due every second.</summary>
    public const string Tick = "tick";

    private const int ShardsEach = 5;
    private const int Agents = 200;
    private const int RecordsInCommit = 500;
    private static readonly AppName App = new("app");

    /// <summary>Stores <see cref="Tick"/> and so many other jobs, each with a run whose five tasks are running.</summary>
    public static async Task<int> StoreAsync(IStateStore store, string framework, int jobs, DateTimeOffset now, CancellationToken cancellationToken)
    {
        Dictionary<string, byte[]> records = Make(framework, jobs, now);
        await store.OpenAsync(cancellationToken);
        foreach (KeyValuePair<string, byte[]>[] some in records.Chunk(RecordsInCommit))
        {
            await store.CommitAsync([.. some.Select(r => new Mutation(r.Key, r.Value))], cancellationToken);
        }

        return records.Count;
    }

    private static Dictionary<string, byte[]> Make(string framework, int jobs, DateTimeOffset now)
    {
        var core = new SchedulingCore(new CoreOptions(), 1, []);
        var durable = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        DateTimeOffset wall = now - TimeSpan.FromMinutes(61);
        TimeSpan elapsed = TimeSpan.Zero;
        long confirmed = 0;

        Step(new Input.Connected(framework));
        Define([.. Enumerable.Range(0, jobs).Select(Hourly)]);
        Pass(TimeSpan.FromMinutes(61));
        Step();
        var launched = new List<(TaskLaunch Task, string Agent)>();
        for (int round = 0; launched.Count < jobs * ShardsEach; round++)
        {
            Pass(TimeSpan.FromMilliseconds(1));
            StepResult placed = Step(new Input.Offers([.. Enumerable.Range(0, Agents).Select(a => Offer(a, round))]));
            launched.AddRange(placed.Effects.OfType<Effect.Accept>().SelectMany(a => a.Tasks.Select(t => (t, a.Agent))));
        }

        foreach ((TaskLaunch task, string agent)[] some in launched.Chunk(1000))
        {
            Step([.. some.Select(t => new Input.Status(new TaskUpdate
            {
                Task = t.task.Task, State = TaskState.Running, Agent = t.agent, Executor = t.task.Executor.Id, Source = "executor", Uuid = "AAAA",
            }))]);
        }

        Define([new JobDefinition
        {
            Name = new JobName(Tick),
            App = App,
            Work = new ClassWork("tick"),
            Schedule = ["* * * * * ?"],
            Resources = Resources.Of(0.01, 1),
            Policy = new JobPolicy { Overlap = OverlapPolicy.Allow },
        }]);
        Step();
        return durable;

        void Pass(TimeSpan span)
        {
            wall += span;
            elapsed += span;
        }

        void Define(JobDefinition[] some)
        {
            CommandResult answer = Step(new Input.Asked(1, new Command.Apply("bench", [new AppDefinition { Name = App, Command = "./App" }], some))).Answers.Single().Result;
            if (answer.Status != CommandStatus.Done)
            {
                throw new InvalidOperationException(answer.Message);
            }
        }

        StepResult Step(params Input[] inputs)
        {
            StepResult result = core.Step([.. inputs, new Input.EventsConfirmed(confirmed)], new Moment(wall, elapsed));
            foreach ((string key, byte[]? value) in result.Mutations)
            {
                if (value is null)
                {
                    durable.Remove(key);
                }
                else
                {
                    durable[key] = value;
                }
            }

            confirmed = result.Events.Count > 0 ? result.Events[^1].Sequence : confirmed;
            return result;
        }
    }

    /// <summary>Due once an hour, each at its own second, so that they hardly fire while a takeover is measured.</summary>
    private static JobDefinition Hourly(int i) => new()
    {
        Name = new JobName($"job-{i}"),
        App = App,
        Work = new ClassWork("shard"),
        Schedule = [Table.Text($"{i % 60} {i / 60 % 60} * * * ?")],
        ShardCount = ShardsEach,
        Resources = Resources.Of(0.01, 1),
        Policy = new JobPolicy { Overlap = OverlapPolicy.Forbid },
    };

    private static Offer Offer(int agent, int round) => new()
    {
        Id = $"offer-{agent}-{round}",
        Agent = $"agent-{agent}",
        Hostname = $"host-{agent}",
        Resources = Resources.Of(64, 65536),
    };
}
