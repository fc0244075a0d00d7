using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Scheduling.Tests.Core;

public sealed class PlacingTests
{
    [Fact]
    public void Pitfall11_NothingWaits_OffersAreDeclinedAtOnceAndSuppressed()
    {
        Scenario s = new Scenario().Connect().Offer("agent1", Resources.Of(1, 100));
        s.Core.Cluster().Offers.ShouldBeEmpty();
        s.Effects.OfType<Effect.Decline>().ShouldHaveSingleItem().Refuse.ShouldBe(TimeSpan.FromMinutes(5));
        s.Effects.OfType<Effect.Suppress>().ShouldHaveSingleItem();
        s.Core.Cluster().Suppressed.ShouldBeTrue();
    }

    [Fact]
    public void Pitfall11_SomethingWaits_RevivesOnceAndSuppressesWhenPlaced()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job());
        s.Effects.Clear();
        Trigger(s);
        s.Effects.Select(e => e.GetType().Name).ShouldBe(["Revive", "Accept", "Suppress"]);
    }

    [Fact]
    public void Pitfall10_Launch_TakesNoTimeAndAsksTheClusterNothing()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job());
        s.Effects.Clear();
        DateTimeOffset asked = s.Now;
        Trigger(s);
        s.Running.ShouldHaveSingleItem();
        s.Now.ShouldBe(asked);
        s.Effects.OfType<Effect.Reconcile>().ShouldBeEmpty();
    }

    [Fact]
    public void Round_OfferFitsNothing_IsDeclinedShortlyAndTheReasonIsKnown()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job() with { Resources = Resources.Of(64, 10) });
        Trigger(s);
        s.Effects.OfType<Effect.Decline>().Last().Refuse.ShouldBe(TimeSpan.FromSeconds(5));
        Scheduling.Views.WhyView why = s.Core.Why(new JobName("job")).ShouldHaveSingleItem();
        (why.Reason, why.Shard).ShouldBe(("refused", 0));
        why.Refusals!.Single().ShouldBe("agent1: needs 64.1 CPU, 74 MiB memory, 0 MiB disk (with a new executor), offered 8 CPU, 8192 MiB memory, 0 MiB disk");
    }

    [Fact]
    public void Round_Gang_StartsWholeOrNotAtAll()
    {
        JobDefinition job = Scenario.Job() with { ShardCount = 10, Resources = Resources.Of(1, 10) };
        Scenario s = new Scenario().Connect().With(job);
        Trigger(s);
        s.Running.ShouldBeEmpty();
        s.Core.Why(job.Name).First().Refusals!.First().ShouldBe("7 of 10 shards would fit; all of them must at once");
        s.AddAgent("agent2", Resources.Of(8, 8192));
        s.Restart();
        s.Running.Count.ShouldBe(10);
    }

    [Fact]
    public void Round_EachShard_StartsWhatFits()
    {
        JobDefinition job = Scenario.Job(policy: new JobPolicy { Launch = LaunchPolicy.EachShard }) with { ShardCount = 10, Resources = Resources.Of(1, 10) };
        Scenario s = new Scenario().Connect().With(job);
        Trigger(s);
        s.Running.Count.ShouldBe(7);
        s.FinishAll();
        s.Running.Count.ShouldBe(3);
        s.FinishAll().Outcomes.ShouldBe([Outcome.Succeeded]);
    }

    [Fact]
    public void Pitfall12_GangThatCannotBePlaced_DoesNotBlockOthersForEverAndDoesNotStarve()
    {
        JobDefinition gang = Scenario.Job("gang") with { ShardCount = 7, Resources = Resources.Of(1, 10) };
        JobDefinition small = Scenario.Job("small", policy: new JobPolicy { Overlap = OverlapPolicyAllow }) with { Resources = Resources.Of(1, 10) };
        Scenario s = new Scenario().Connect().With(gang, small);
        s.Ask(new Command.TriggerJob("t", small.Name));
        s.Ask(new Command.TriggerJob("t", gang.Name));
        s.Running.Count(t => t.Order.Job == "gang").ShouldBe(0);

        // Small ones keep coming, each replaced when it ends: without a rule the gang would wait for ever.
        for (int i = 0; i < 120 && s.Running.All(t => t.Order.Job != "gang"); i++)
        {
            s.Ask(new Command.TriggerJob("t", small.Name));
            s.Advance(TimeSpan.FromSeconds(1));
            if (s.Running.FirstOrDefault(t => t.Order.Job == "small") is { } oldest)
            {
                s.Finish(oldest);
            }
        }

        s.Running.Count(t => t.Order.Job == "gang").ShouldBe(7);
        s.Of(EventKind.TaskLaunched).Count(e => e.Job == "small").ShouldBeGreaterThan(10, "others went on meanwhile");
    }

    [Theory]
    [InlineData(1, 64, false)]
    [InlineData(40, 1, false)]
    [InlineData(1, 1, true)]
    public void Pitfall12_RunThatCanNeverBePlaced_KeepsNothingFromOthers(int shards, double cpus, bool constrained)
    {
        JobDefinition hopeless = Scenario.Job("hopeless") with
        {
            ShardCount = shards,
            Resources = Resources.Of(cpus, 10),
            Placement = constrained ? new Placement { Constraints = [new PlacementConstraint("rack", ConstraintOperator.Is, "r9")] } : new Placement(),
        };
        Scenario s = new Scenario().Connect().With(hopeless, Scenario.Job("small"));
        s.Ask(new Command.TriggerJob("t", hopeless.Name));
        for (int i = 0; i < 300; i++)
        {
            s.Advance(TimeSpan.FromSeconds(1)).Ask(new Command.TriggerJob("t", new JobName("small")));
            s.Finish(s.Running.ShouldHaveSingleItem($"after {i} s"));
        }
    }

    [Fact]
    public void Pitfall12_GangThatWaitsForLongTasks_KeepsOffersAtPausesThatGrow()
    {
        JobDefinition gang = Scenario.Job("gang") with { ShardCount = 7, Resources = Resources.Of(1, 10) };
        Scenario s = new Scenario().Connect().With(gang, Scenario.Job("long") with { Resources = Resources.Of(4, 10) }, Scenario.Job("small"));
        s.Ask(new Command.TriggerJob("t", new JobName("long")));
        s.Run(s.Running.Single());
        s.Ask(new Command.TriggerJob("t", gang.Name));
        int held = 0;
        for (int i = 0; i < 1800; i++)
        {
            s.Advance(TimeSpan.FromSeconds(1)).Ask(new Command.TriggerJob("t", new JobName("small")));
            if (s.Core.Why(new JobName("small")).FirstOrDefault(w => w.Reason == "held") is { } why)
            {
                why.Message.ShouldStartWith("offers are kept for run gang@");
                held++;
            }

            foreach (TaskLaunch task in s.Running.Where(t => t.Order.Job == "small").ToArray())
            {
                s.Finish(task);
            }
        }

        held.ShouldBeInRange(60, 120, "seconds of half an hour; with pauses of ten seconds it would be 900");
        s.Finish(s.Running.Single(t => t.Order.Job == "long")).Advance(TimeSpan.FromSeconds(2));
        s.Running.Count(t => t.Order.Job == "gang").ShouldBe(7);
    }

    [Fact]
    public void Pitfall12_SmallTasks_AreSpreadOverAgents()
    {
        Scenario s = new Scenario().AddAgent("agent2", Resources.Of(8, 8192)).AddAgent("agent3", Resources.Of(8, 8192)).Connect()
            .With(Scenario.Job() with { ShardCount = 9, Resources = Resources.Of(0.1, 10), Placement = new Placement { Spread = "hostname" } });
        Trigger(s);
        s.Of(EventKind.TaskLaunched).GroupBy(e => e.Agent).Select(g => g.Count()).ShouldBe([3, 3, 3]);
    }

    [Theory]
    [InlineData("hostname", ConstraintOperator.Is, "agent2", "agent2")]
    [InlineData("hostname", ConstraintOperator.IsNot, "agent1", "agent2")]
    [InlineData("rack", ConstraintOperator.Is, "a2", "agent2")]
    public void Round_Constraints_AreMet(string attribute, ConstraintOperator comparison, string value, string expected)
    {
        Scenario s = new Scenario().AddAgent("agent2", Resources.Of(1, 1024)).Connect().With(Scenario.Job() with
        {
            Placement = new Placement { Constraints = [new PlacementConstraint(attribute, comparison, value)] },
        });
        Trigger(s);
        s.Of(EventKind.TaskLaunched).Single().Agent.ShouldBe(expected);
    }

    [Fact]
    public void Round_Priority_GoesFirst()
    {
        JobDefinition low = Scenario.Job("low") with { Resources = Resources.Of(5, 10) };
        JobDefinition high = Scenario.Job("high") with { Resources = Resources.Of(5, 10), Priority = 10 };
        Scenario s = new Scenario().RemoveAgents().Connect().With(low, high);
        s.Ask(new Command.TriggerJob("t", low.Name));
        s.Ask(new Command.TriggerJob("t", high.Name));
        s.AddAgent("agent1", Resources.Of(8, 8192)).Restart();
        s.Running.Single().Order.Job.ShouldBe("high");
    }

    [Fact]
    public void Pitfall17_Executor_IsReusedWhileWarmAndShutDownWhenIdle()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job());
        Trigger(s);
        string executor = s.Running.Single().Executor.Id;
        s.FinishAll().Advance(TimeSpan.FromMinutes(4));
        Trigger(s);
        s.Running.Single().Executor.Id.ShouldBe(executor);
        s.FinishAll().Advance(TimeSpan.FromMinutes(4));
        s.Effects.OfType<Effect.Shutdown>().ShouldBeEmpty();
        s.Advance(TimeSpan.FromMinutes(2));
        s.Effects.OfType<Effect.Shutdown>().Single().Executor.ShouldBe(executor, "pitfall 17: idle executors hold no resources");
        s.Core.Executors().ShouldBeEmpty();
        s.Durable.ShouldNotContain(k => k.StartsWith("executors/", StringComparison.Ordinal));
    }

    [Fact]
    public void Pitfall16_ChangedApp_NeverMeetsAnExecutorWithTheOldSettings()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job(), Scenario.Job("other"));
        Trigger(s);
        TaskLaunch old = s.Running.Single();
        s.Ask(new Command.Apply("t", [Scenario.App() with { Command = "./App --new" }], []));
        s.Ask(new Command.TriggerJob("t", new JobName("other")));
        TaskLaunch fresh = s.Running.Single(t => t != old);
        fresh.Executor.Id.ShouldNotBe(old.Executor.Id);
        (old.Executor.App.Command, fresh.Executor.App.Command).ShouldBe(("./App", "./App --new"));
        s.Finish(old).Advance(TimeSpan.FromSeconds(1));
        s.Effects.OfType<Effect.Shutdown>().Single().Executor.ShouldBe(old.Executor.Id, "the old one ends with its last task");
    }

    [Fact]
    public void Round_SeveralOffersOfOneAgent_AreAcceptedTogether()
    {
        Scenario s = new Scenario().RemoveAgents().Connect().With(Scenario.Job() with { Resources = Resources.Of(3, 64) });
        s.Ask(new Command.TriggerJob("ann", new JobName("job")));
        s.Step(new Input.Offers([s.Hold("a", "agent9", Resources.Of(2, 2048)), s.Hold("b", "agent9", Resources.Of(2, 2048))]));
        Effect.Accept accept = s.Effects.OfType<Effect.Accept>().Single();
        accept.Offers.Order().ShouldBe(["a", "b"]);
        accept.Tasks.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 2)]
    public void Restart_WarmExecutor_IsReusedOnlyIfItIsKnownWhatTheClusterWasTold(bool described, int executors)
    {
        Scenario s = new Scenario { Describes = described }.With(Scenario.Job(cron: "0 * * * * ?")).Connect();
        s.Advance(TimeSpan.FromMinutes(1)).FinishAll();
        TaskLaunch first = s.Launched.Single();
        s.Restart().Advance(TimeSpan.FromMinutes(1));
        TaskLaunch second = s.Launched.Last();
        s.Launched.Select(t => t.Executor.Id).Distinct().Count().ShouldBe(executors);
        second.Executor.Description.ShouldBe(described ? $"told {first.Executor.Id}" : null);
        s.Effects.OfType<Effect.Shutdown>().Any(e => e.Executor == first.Executor.Id).ShouldBe(!described);
    }

    [Fact]
    public void Round_ExecutorDied_NextTaskGetsANewOne()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job());
        Trigger(s);
        TaskLaunch first = s.Running.Single();
        s.Run(first).KillExecutor(first);
        s.Running.Single().Executor.Id.ShouldNotBe(first.Executor.Id);
    }

    [Fact]
    public void Offers_UnknownExecutorOnAgent_IsShutDown()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job());
        Trigger(s);
        s.Offer("agent7", Resources.Of(1, 1), "stranger");
        s.Effects.OfType<Effect.Shutdown>().Single().ShouldBe(new Effect.Shutdown("stranger", "agent7"));
    }

    [Fact]
    public void Round_DrainingAgent_GetsNothingNew()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job());
        s.Step(new Input.InverseOffers([("inverse", "agent1")]));
        s.Effects.OfType<Effect.AcceptInverseOffers>().Single().Offers.ShouldBe(["inverse"]);
    }

    [Fact]
    public void Step_SameInputs_GiveTheSameResultsBitForBit()
    {
        static string Fingerprint()
        {
            Scenario s = new Scenario().AddAgent("agent2", Resources.Of(3, 1000)).Connect()
                .With(Scenario.Job(cron: "* * * * *") with { ShardCount = 5 }, Scenario.Job("b", "*/2 * * * *", new JobPolicy { Launch = LaunchPolicy.EachShard }));
            s.Advance(TimeSpan.FromMinutes(7)).FinishAll().Restart().Advance(TimeSpan.FromMinutes(3));
            return string.Join('\n', s.Events) + string.Join('\n', s.Effects) + string.Join('\n', s.Durable);
        }

        Fingerprint().ShouldBe(Fingerprint());
    }

    private const ElasticJob.Protocol.Orders.OverlapPolicy OverlapPolicyAllow = ElasticJob.Protocol.Orders.OverlapPolicy.Allow;

    private static void Trigger(Scenario s) => s.Ask(new Command.TriggerJob("test", new JobName("job"))).Status.ShouldBe(CommandStatus.Done);
}
