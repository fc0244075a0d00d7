using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.State;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduling.Tests.Core;

/// <summary>A takeover of so many records that they are read on several processors.</summary>
public sealed class LoadingTests
{
    private const int Jobs = 2_500;
    private static readonly Moment Start = new(new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero), TimeSpan.FromSeconds(100));
    private static readonly Moment Later = new(Start.Wall + TimeSpan.FromMinutes(1), Start.Elapsed + TimeSpan.FromMinutes(1));

    [Fact]
    public void Load_ManyRecordsInAnyOrder_GivesWhatWasStored()
    {
        (SchedulingCore before, Dictionary<string, byte[]> durable) = Fired();
        Mutation[] shuffled = [.. durable.Select(d => new Mutation(d.Key, d.Value))];
        new Random(7).Shuffle(shuffled);

        var after = new SchedulingCore(new CoreOptions(), 2, shuffled);
        after.Step([], Later);

        Texts(after).ShouldBe(Texts(before));
        after.Runs().Count().ShouldBe(Jobs);
    }

    [Fact]
    public void Load_OneRecordOfManyIsBroken_ErrorNamesIt()
    {
        (_, Dictionary<string, byte[]> durable) = Fired();
        string broken = durable.Keys.First(k => k.StartsWith("runs/job-1234@", StringComparison.Ordinal));
        durable[broken] = "{}"u8.ToArray();

        StateFormatException error = Should.Throw<StateFormatException>(() => new SchedulingCore(new CoreOptions(), 2, [.. durable.Select(d => new Mutation(d.Key, d.Value))]));

        error.Message.ShouldContain(broken);
    }

    private static string[] Texts(SchedulingCore core) =>
    [
        .. core.Jobs().Select(j => $"{j.Definition.Name} {j.NextDue:O} {j.AnsweredUpTo:O} {j.Schedules.Count} {j.WaitingRuns}"),
        .. core.Runs().Select(r => $"{r.Id} {r.State} {r.CreatedAt:O} {string.Join(',', r.Shards.Select(s => $"{s.Item} {s.State}"))}"),
    ];

    /// <summary>Jobs that have fired once; each run has 40 shards, so that it has a page of its own.</summary>
    private static (SchedulingCore Core, Dictionary<string, byte[]> Durable) Fired()
    {
        var core = new SchedulingCore(new CoreOptions(), 1, []);
        var durable = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var app = new AppDefinition { Name = new AppName("app"), Command = "./App" };
        JobDefinition[] jobs = [.. Enumerable.Range(0, Jobs).Select(i => new JobDefinition
        {
            Name = new JobName($"job-{i}"),
            App = app.Name,
            Work = new ClassWork("shard"),
            Schedule = ["0 * * * * ?"],
            ShardCount = 40,
        })];
        Keep(core.Step([new Input.Asked(1, new Command.Apply("test", [app], jobs))], Start));
        Keep(core.Step([], Later));
        return (core, durable);

        void Keep(StepResult step)
        {
            foreach ((string key, byte[]? value) in step.Mutations)
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
        }
    }
}
