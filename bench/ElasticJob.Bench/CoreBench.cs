using System.Diagnostics;
using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.State;

namespace ElasticJob.Bench;

/// <summary>The core alone, in this process: no store, no network.</summary>
internal static class CoreBench
{
    private const int Jobs = 10_000;
    private static readonly AppName App = new("app");

    public static void Run(Table table)
    {
        Firings(table);
        Tasks(table);
    }

    private static void Firings(Table table)
    {
        var world = new World(shards: 1, OverlapPolicy.Allow);
        var rates = new List<double>();
        for (int second = 0; second < 6; second++)
        {
            world.Pass(TimeSpan.FromSeconds(1));
            long from = Stopwatch.GetTimestamp();
            StepResult result = world.Step();
            double seconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
            int fired = result.Events.Count(e => e.Kind == EventKind.RunCreated);
            if (second > 0)
            {
                rates.Add(fired / seconds);
            }
        }

        rates.Sort();
        table.Add("core: firings per second", Table.Text($"{Table.Quantile(rates, 0.5):0,0}"), Table.Text($"{Jobs:0,0} jobs `every: 1s`, records and events written as JSON; median of {rates.Count} steps"));
    }

    private static void Tasks(Table table)
    {
        const int Shards = 5;
        const int Agents = 200;
        var world = new World(Shards, OverlapPolicy.Forbid);
        world.Pass(TimeSpan.FromSeconds(1));
        world.Step();
        long from = Stopwatch.GetTimestamp();
        int placed = 0;
        int rounds = 0;
        double longest = 0;
        while (placed < Jobs * Shards && rounds < 100)
        {
            world.Pass(TimeSpan.FromMilliseconds(1));
            long roundFrom = Stopwatch.GetTimestamp();
            StepResult result = world.Step(new Input.Offers([.. Enumerable.Range(0, Agents).Select(a => world.Offer(a, rounds))]));
            longest = Math.Max(longest, Stopwatch.GetElapsedTime(roundFrom).TotalMilliseconds);
            placed += result.Effects.OfType<Effect.Accept>().Sum(a => a.Tasks.Count);
            world.Launched.AddRange(result.Effects.OfType<Effect.Accept>().SelectMany(a => a.Tasks.Select(t => (t, a.Agent))));
            rounds++;
        }

        double seconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
        table.Add("core: placements per second", Table.Text($"{placed / seconds:0,0}"), Table.Text($"{placed:0,0} tasks of {Jobs:0,0} runs on {Agents} agents in {rounds} steps, the longest {longest:0} ms"));

        from = Stopwatch.GetTimestamp();
        foreach ((TaskLaunch task, string agent)[] batch in world.Launched.Chunk(1000))
        {
            world.Step([.. batch.Select(t => new Input.Status(new TaskUpdate { Task = t.task.Task, State = TaskState.Running, Agent = t.agent, Executor = t.task.Executor.Id, Source = "executor", Uuid = "AAAA" }))]);
        }

        table.Add("core: status updates per second", Table.Text($"{placed / Stopwatch.GetElapsedTime(from).TotalSeconds:0,0}"), "RUNNING of each task, 1,000 a step");

        var loads = new List<double>();
        long records = world.Durable.Count;
        for (int i = 0; i < 3; i++)
        {
            Mutation[] stored = [.. world.Durable.Select(d => new Mutation(d.Key, d.Value))];
            from = Stopwatch.GetTimestamp();
            var core = new SchedulingCore(new CoreOptions(), 2, stored);
            core.Step([], world.Now);
            loads.Add(Stopwatch.GetElapsedTime(from).TotalMilliseconds);
        }

        loads.Sort();
        table.Add("core: takeover from records", Table.Text($"{Table.Quantile(loads, 0.5):0} ms"), Table.Text($"{Jobs:0,0} jobs, {placed:0,0} running tasks, {records:0,0} records; first step included; median of 3"));
    }

    /// <summary>A core with jobs, and what it has made durable.</summary>
    private sealed class World
    {
        private readonly SchedulingCore core = new(new CoreOptions { MostParallelRuns = 100_000 }, 1, []);
        private DateTimeOffset wall = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
        private TimeSpan elapsed = TimeSpan.FromSeconds(100);
        private long confirmed;

        public World(int shards, OverlapPolicy overlap)
        {
            Step(new Input.Connected("framework"));
            var app = new AppDefinition { Name = App, Command = "./App" };
            JobDefinition[] jobs = [.. Enumerable.Range(0, Jobs).Select(i => new JobDefinition
            {
                Name = new JobName($"job-{i}"),
                App = App,
                Work = new ClassWork("shard"),
                Every = TimeSpan.FromSeconds(1),
                ShardCount = shards,
                Resources = Resources.Of(0.01, 1),
                Policy = new JobPolicy { Overlap = overlap },
            })];
            CommandResult answer = Step(new Input.Asked(1, new Command.Apply("bench", [app], jobs))).Answers.Single().Result;
            if (answer.Status != CommandStatus.Done)
            {
                throw new InvalidOperationException(answer.Message);
            }
        }

        public Dictionary<string, byte[]> Durable { get; } = new(StringComparer.Ordinal);

        public List<(TaskLaunch Task, string Agent)> Launched { get; } = [];

        public Moment Now => new(wall, elapsed);

        public void Pass(TimeSpan span)
        {
            wall += span;
            elapsed += span;
        }

        public Offer Offer(int agent, int round) => new()
        {
            Id = $"offer-{agent}-{round}",
            Agent = $"agent-{agent}",
            Hostname = $"host-{agent}",
            Resources = Resources.Of(64, 65536),
        };

        public StepResult Step(params Input[] inputs)
        {
            StepResult result = core.Step([.. inputs, new Input.EventsConfirmed(confirmed)], Now);
            foreach (Mutation mutation in result.Mutations)
            {
                if (mutation.Value is null)
                {
                    Durable.Remove(mutation.Key);
                }
                else
                {
                    Durable[mutation.Key] = mutation.Value;
                }
            }

            confirmed = result.Events.Count > 0 ? result.Events[^1].Sequence : confirmed;
            return result;
        }
    }
}
