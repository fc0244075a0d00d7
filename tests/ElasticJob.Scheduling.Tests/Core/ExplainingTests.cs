using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduling.Tests.Core;

/// <summary>What <c>job why</c> says of each thing that a run can wait for.</summary>
public sealed class ExplainingTests
{
    private static readonly JobName Name = new("job");

    [Fact]
    public void Why_NothingWaits_SaysNothing()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job(cron: "* * * * *"));
        s.Core.Why(Name).ShouldBeEmpty();
        s.Core.Why(new JobName("none")).ShouldBeEmpty();
    }

    [Fact]
    public void Why_NotConnected_NamesTheFault()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job());
        s.Step(new Input.Disconnected("no master leads"));
        Trigger(s);
        Only(s).ShouldBe(("disconnected", "the scheduler is not connected to the cluster: no master leads"));
    }

    [Fact]
    public void Why_NoOffers_TellsThePositionInTheQueue()
    {
        Scenario s = new Scenario().RemoveAgents().Connect().With(Scenario.Job(), Scenario.Job("important") with { Priority = 5 });
        Trigger(s);
        Only(s).ShouldBe(("noOffers", "waits for offers; position 1 in the queue"));
        s.Ask(new Command.TriggerJob("ann", new JobName("important")));
        Only(s).ShouldBe(("noOffers", "waits for offers; position 2 in the queue"));
    }

    [Fact]
    public void Why_OfferFitsNot_TellsOfEachOfferWhatItLacks()
    {
        JobDefinition job = Scenario.Job() with { Resources = Resources.Of(64, 10) };
        Scenario s = new Scenario().AddAgent("agent2", Resources.Of(4, 100)).Connect().With(job);
        Trigger(s);
        Only(s).ShouldBe(("refused", "no offer fits; position 1 in the queue"));
        s.Core.Why(Name)[0].Refusals!.Order().ShouldBe(
        [
            "agent1: needs 64.1 CPU, 74 MiB memory, 0 MiB disk (with a new executor), offered 8 CPU, 8192 MiB memory, 0 MiB disk",
            "agent2: needs 64.1 CPU, 74 MiB memory, 0 MiB disk (with a new executor), offered 4 CPU, 100 MiB memory, 0 MiB disk",
        ]);
    }

    [Fact]
    public void Why_Gang_TellsHowManyWouldFit()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job() with { ShardCount = 10, Resources = Resources.Of(1, 10) });
        Trigger(s);
        Only(s).ShouldBe(("gang", "all shards must have a place at once, and no offers are enough; position 1 in the queue"));
        s.Core.Why(Name)[0].Refusals![0].ShouldBe("7 of 10 shards would fit; all of them must at once");
    }

    [Fact]
    public void Why_ExecutorStarts_NamesTaskAndExecutor()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job());
        Trigger(s);
        TaskLaunch task = s.Running.Single();
        Only(s).ShouldBe(("executorStarting", $"task {task.Task} was launched on agent1; its executor {task.Executor.Id} has not started it yet"));
        s.Run(task);
        s.Core.Why(Name).ShouldBeEmpty("it runs and waits for nothing");
    }

    [Fact]
    public void Why_Overlap_NamesTheRunInFront()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job());
        string first = Trigger(s);
        s.Run(s.Running.Single());
        Trigger(s);
        Only(s).ShouldBe(("overlap", $"waits for run {first} (queueOne)"));
    }

    [Fact]
    public void Why_Retry_TellsWhatFailedWhichAttemptComesAndWhen()
    {
        RetryPolicy retry = new() { Attempts = 4, BackoffMin = TimeSpan.FromSeconds(20), BackoffMax = TimeSpan.FromSeconds(60) };
        Scenario s = new Scenario().Connect().With(Scenario.Job(policy: new JobPolicy { Retry = retry }));
        Trigger(s);
        s.Run(s.Running.Single()).Fail(s.Running.Single());
        Only(s).ShouldBe(("backoff", "attempt 1: boom; attempt 2 of 4 comes after a pause"));
        s.Core.Why(Name)[0].Until.ShouldBe(s.Now.AddSeconds(20));

        s.Restart();
        Only(s).ShouldBe(("backoff", "attempt 1: boom; attempt 2 of 4 comes after a pause"), "the next scheduler knows it, too");
    }

    [Fact]
    public void Why_PlaceLostAgainAndAgain_TellsHowOften()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job());
        Trigger(s);
        for (int i = 0; i < 2; i++)
        {
            s.Run(s.Running.Single()).KillExecutor(s.Running.Single());
        }

        Only(s).ShouldBe(("backoff", "attempt 2: Executor terminated; its place was lost 2 times and it is placed again after a pause that grows"));
    }

    [Fact]
    public void Why_AgentUnreachable_TellsSinceWhenAndUntilWhen()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job());
        Trigger(s);
        TaskLaunch task = s.Running.Single();
        s.Run(task).Report(task, TaskState.Unreachable);
        Only(s).ShouldBe(("unreachable", $"the agent of task {task.Task} does not answer since {s.Now:u}"));
        s.Core.Why(Name)[0].Until.ShouldBe(s.Now.AddMinutes(1));
    }

    private static (string Reason, string Message) Only(Scenario s)
    {
        WhyView why = s.Core.Why(Name).Single();
        return (why.Reason, why.Message);
    }

    private static string Trigger(Scenario s) => s.Ask(new Command.TriggerJob("ann", Name)).Run!;
}
