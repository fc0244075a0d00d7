using ElasticJob.Protocol.Reports;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Scheduling.Tests.Core;

/// <summary>What a master does not say, says too early or says twice; each as Mesos' own source has it.</summary>
public sealed class MesosLifecycleTests
{
    [Fact]
    public void Launch_CrossesTheEndOfItsExecutor_TheOneStartedAnewIsNotShutDownUnderIt()
    {
        Scenario s = Started(new JobPolicy { Failover = false });
        TaskLaunch first = s.Running.Single();
        s.Run(first).Finish(first);
        s.Ask(new Command.TriggerJob("test", new JobName("job")));
        TaskLaunch second = s.Running.Single();
        second.Executor.Id.ShouldBe(first.Executor.Id, "it is warm");

        // The master has removed the executor, there is room for it and the task, so it starts it anew under the same id.
        s.Step(new Input.ExecutorLost(second.Executor.Id, "agent1", 9));
        s.Run(second);
        s.Offer("agent1", Resources.Of(1, 100), second.Executor.Id);
        s.Effects.OfType<Effect.Shutdown>().ShouldBeEmpty();

        s.Finish(second).Advance(TimeSpan.FromSeconds(1));
        s.Outcomes.ShouldBe([Outcome.Succeeded, Outcome.Succeeded]);
        s.Effects.OfType<Effect.Shutdown>().ShouldHaveSingleItem("and then it ends, because nobody counts with it");
        s.Core.Executors().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(TaskState.Unreachable)]
    [InlineData(TaskState.Unknown)]
    public void Unreachable_AtMostOnce_IsAskedForByNameUntilItIsCertain(TaskState state)
    {
        Scenario s = Started(new JobPolicy { Failover = false });
        TaskLaunch task = s.Running.Single();
        s.Run(task).Report(task, state);
        s.Effects.Clear();
        s.Advance(TimeSpan.FromHours(1));
        Asked(s, task).ShouldBeInRange(12, 20, "with pauses that grow to five minutes");

        s.Report(task, TaskState.Gone, reason: "REASON_RECONCILIATION");
        s.Outcomes.ShouldBe([Outcome.Lost]);
        s.Effects.Clear();
        s.Advance(TimeSpan.FromHours(1));
        Asked(s, task).ShouldBe(0);
    }

    [Fact]
    public void Running_TheMasterDoesNotTellOfItWhenAskedForAll_IsAskedForByName()
    {
        Scenario s = Started(new JobPolicy());
        TaskLaunch task = s.Running.Single();
        s.Run(task);
        s.Effects.Clear();
        s.Advance(TimeSpan.FromMinutes(9));
        s.Effects.OfType<Effect.Reconcile>().ShouldBeEmpty();
        s.Advance(TimeSpan.FromMinutes(1.5));
        s.Effects.OfType<Effect.Reconcile>().First().Tasks.ShouldBeEmpty("all that the master knows");
        Asked(s, task).ShouldBeGreaterThan(0);

        s.Run(task);
        s.Effects.Clear();
        s.Advance(TimeSpan.FromMinutes(8));
        s.Effects.OfType<Effect.Reconcile>().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("REASON_RECONCILIATION")]
    [InlineData("REASON_AGENT_REREGISTERED")]
    public void End_ToldByTheMasterFirst_TheReportOfTheAgentCounts(string reason)
    {
        Scenario s = Started(new JobPolicy { Failover = true });
        TaskLaunch task = s.Running.Single();
        s.Run(task);
        TellEnd(s, task, TaskState.Failed, reason);
        s.Outcomes.ShouldBeEmpty();
        s.Advance(TimeSpan.FromMinutes(14));
        s.Launched.ShouldHaveSingleItem();

        s.Report(task, TaskState.Failed, new TaskReport { Failure = new TaskFailure { Kind = FailureKind.ExecutorLost, Message = "it had to go" } });
        s.Launched.Count.ShouldBe(2, "the executor was told to go, which is no fault of the job");
        s.Of(EventKind.TaskStatus).Last(e => e.Task == task.Task).Failure!.Message.ShouldBe("it had to go");
    }

    [Fact]
    public void End_ToldByTheMasterAndNoReportComes_CountsAfterAWhile()
    {
        Scenario s = Started(new JobPolicy());
        TaskLaunch task = s.Running.Single();
        s.Run(task);
        TellEnd(s, task, TaskState.Finished, "REASON_RECONCILIATION");
        TellEnd(s, task, TaskState.Finished, "REASON_RECONCILIATION");
        s.Advance(TimeSpan.FromMinutes(16));
        s.Outcomes.ShouldBe([Outcome.Succeeded]);
    }

    [Fact]
    public void Kill_OfATaskThatHasEnded_CostsItsExecutorNothing()
    {
        Scenario s = Started(new JobPolicy());
        TaskLaunch task = s.Running.Single();
        s.Run(task);
        s.Ask(new Command.KillRun("ann", task.Order.Run));
        TellEnd(s, task, TaskState.Killed, "REASON_RECONCILIATION");
        s.Advance(TimeSpan.FromMinutes(10));
        s.Effects.OfType<Effect.Shutdown>().ShouldBeEmpty();
    }

    [Fact]
    public void Launch_TheClusterSaysStaging_IsNotGivenUp()
    {
        Scenario s = Started(new JobPolicy { Failover = true });
        TaskLaunch task = s.Running.Single();
        for (int i = 0; i < 30; i++)
        {
            s.Advance(TimeSpan.FromMinutes(1));
            s.Step(new Input.Status(new TaskUpdate { Task = task.Task, Agent = "agent1", State = TaskState.Staging, Source = "master", Reason = "REASON_RECONCILIATION" }));
        }

        s.Launched.ShouldHaveSingleItem();
        s.Effects.OfType<Effect.Kill>().ShouldBeEmpty();
    }

    [Fact]
    public void Launch_MasterFailsOverRightAfter_SilenceIsNormalUntilAgentsAreBack()
    {
        Scenario s = Started(new JobPolicy { Failover = true });
        s.Step(new Input.Disconnected("failover"));
        s.Advance(TimeSpan.FromSeconds(10)).Connect().Advance(TimeSpan.FromMinutes(9.9));
        s.Launched.ShouldHaveSingleItem();
        s.Advance(TimeSpan.FromMinutes(3));
        s.Launched.Count.ShouldBe(2, "after that it is lost");
    }

    [Fact]
    public void Launch_AskedForWhileDisconnected_DoesNotCount()
    {
        Scenario s = Started(new JobPolicy { Failover = true });
        s.Step(new Input.Disconnected("away"));
        s.Advance(TimeSpan.FromSeconds(238)).Connect().Advance(TimeSpan.FromMinutes(2));
        s.Launched.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Launch_UnreachableInBetween_IsWatchedOn(bool failover)
    {
        Scenario s = Started(new JobPolicy { Failover = failover });
        TaskLaunch task = s.Running.Single();
        s.Advance(TimeSpan.FromSeconds(100)).Report(task, TaskState.Unreachable).Advance(TimeSpan.FromSeconds(50)).Report(task, TaskState.Staging);
        s.Effects.Clear();
        s.Advance(TimeSpan.FromMinutes(5));
        Asked(s, task).ShouldBeGreaterThan(0);
        s.Launched.Count.ShouldBe(failover ? 1 : 0, "launches since then");
    }

    [Fact]
    public void Unreachable_LongAgo_ANewLeaderAsksFirst()
    {
        Scenario s = Started(new JobPolicy { Failover = true });
        TaskLaunch task = s.Running.Single();
        s.Run(task).Report(task, TaskState.Unreachable).Advance(TimeSpan.FromSeconds(20)).Pass(TimeSpan.FromSeconds(60));
        s.Restart();
        s.Launched.ShouldHaveSingleItem();

        s.Report(task, TaskState.Unreachable);
        s.Launched.Count.ShouldBe(2, "it still is, and patience was over long ago");
    }

    [Fact]
    public void Unreachable_WhileDisconnected_WaitsForTheNextAnswer()
    {
        Scenario s = Started(new JobPolicy { Failover = true });
        TaskLaunch task = s.Running.Single();
        s.Run(task).Report(task, TaskState.Unreachable).Advance(TimeSpan.FromSeconds(20));
        s.Step(new Input.Disconnected("the master is away"));
        s.Advance(TimeSpan.FromMinutes(5)).Connect().Run(task);
        s.Launched.ShouldHaveSingleItem("it has come back");
    }

    [Theory]
    [InlineData("REASON_EXECUTOR_TERMINATED")]
    [InlineData("REASON_CONTAINER_LIMITATION_MEMORY")]
    [InlineData("REASON_CONTAINER_LAUNCH_FAILED")]
    [InlineData("REASON_EXECUTOR_REGISTRATION_TIMEOUT")]
    [InlineData("REASON_CONTAINER_PREEMPTED")]
    public void Executor_ContainerIsGone_NothingNewGoesToItFromTheFirstWord(string reason)
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job("a"), Scenario.Job("b"));
        s.Ask(new Command.TriggerJob("test", new JobName("a")));
        s.Ask(new Command.TriggerJob("test", new JobName("b")));
        (TaskLaunch a, TaskLaunch b) = (s.Running[0], s.Running[1]);
        b.Executor.Id.ShouldBe(a.Executor.Id);

        // The agent tells of one task after the other, and of the executor last.
        s.Run(a).Run(b).Report(a, TaskState.Failed, reason: reason);
        s.Ask(new Command.TriggerJob("test", new JobName("a")));
        s.Launched[2].Executor.Id.ShouldNotBe(a.Executor.Id);
    }

    [Theory]
    [InlineData(1, Outcome.Failed)]
    [InlineData(2, null)]
    public void Executor_OutOfMemory_WhoWasNotAloneRunsAgain(int together, Outcome? outcome)
    {
        Scenario s = new Scenario().Connect().With([.. Enumerable.Range(0, together).Select(i => Scenario.Job($"job{i}"))]);
        for (int i = 0; i < together; i++)
        {
            s.Ask(new Command.TriggerJob("test", new JobName($"job{i}")));
        }

        foreach (TaskLaunch task in s.Running)
        {
            s.Run(task);
        }

        foreach (TaskLaunch task in s.Running)
        {
            s.Report(task, TaskState.Failed, reason: "REASON_CONTAINER_LIMITATION_MEMORY");
        }

        s.Outcomes.ShouldBe(outcome is null ? [] : [outcome]);
        s.Launched.Count.ShouldBe(outcome is null ? together * 2 : together);
    }

    [Fact]
    public void Demand_BeforeTheSubscription_AsksForOffers()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job());
        s.Core.Cluster().Suppressed.ShouldBeTrue();
        s.Step(new Input.Disconnected("gone"));
        s.Ask(new Command.TriggerJob("test", new JobName("job")));
        s.Effects.Clear();
        s.Step(new Input.Connected("framework"));
        s.Effects.OfType<Effect.Revive>().ShouldNotBeEmpty("a suppression that was on its way may have reached the new subscription");
    }

    [Fact]
    public void Dropped_BecauseTheAgentDoesNotKnowIt_IsNoProofThatItNeverRan()
    {
        Scenario s = Started(new JobPolicy { Failover = false });
        s.Report(s.Running.Single(), TaskState.Dropped, reason: "REASON_RECONCILIATION");
        s.Outcomes.ShouldBe([Outcome.Lost]);

        s = Started(new JobPolicy { Failover = false });
        s.Report(s.Running.Single(), TaskState.Dropped, reason: "REASON_INVALID_OFFERS");
        s.Outcomes.ShouldBeEmpty();
        s.Launched.Count.ShouldBe(2);
    }

    private static Scenario Started(JobPolicy policy)
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job(policy: policy));
        s.Ask(new Command.TriggerJob("test", new JobName("job"))).Status.ShouldBe(CommandStatus.Done);
        return s;
    }

    private static void TellEnd(Scenario s, TaskLaunch task, TaskState state, string reason) =>
        s.Step(new Input.Status(new TaskUpdate { Task = task.Task, Agent = "agent1", State = state, Source = "master", Reason = reason }));

    private static int Asked(Scenario s, TaskLaunch task) => s.Effects.OfType<Effect.Reconcile>().Count(r => r.Tasks.Any(t => t.Task == task.Task));
}
