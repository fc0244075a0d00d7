using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Scheduling.Tests.Core;

/// <content>Places that may be lost: silent agents, launches nobody hears of, a framework that was removed; and how certainty is asked for.</content>
public sealed partial class AttemptTests
{
    [Fact]
    public void Pitfall4_UnreachableWithFailover_RunsElsewhereAfterTheTimeoutAndNeverTwiceAtOnceByOurDoing()
    {
        Scenario s = Started(new JobPolicy());
        TaskLaunch first = s.Running.Single();
        s.Run(first).Report(first, TaskState.Unreachable);
        s.Advance(TimeSpan.FromSeconds(59));
        s.Running.ShouldBe([first]);
        s.Advance(TimeSpan.FromSeconds(2));
        TaskLaunch second = s.Running.Single(t => t != first);
        second.Order.FencingToken.ShouldBeGreaterThan(first.Order.FencingToken);

        // The old place comes back: its task must end, and must not count.
        int kills = s.Effects.OfType<Effect.Kill>().Count(k => k.Task == first.Task);
        s.Report(first, TaskState.Running);
        s.Effects.OfType<Effect.Kill>().Count(k => k.Task == first.Task).ShouldBeGreaterThan(kills);
        s.Finish(first);
        s.Outcomes.ShouldBeEmpty();
        s.Finish(second);
        s.Outcomes.ShouldBe([Outcome.Succeeded]);
    }

    [Fact]
    public void Pitfall4_UnreachableComesBackInTime_GoesOn()
    {
        Scenario s = Started(new JobPolicy());
        TaskLaunch task = s.Running.Single();
        s.Run(task).Report(task, TaskState.Unreachable).Advance(TimeSpan.FromSeconds(30));
        s.Report(task, TaskState.Running).Advance(TimeSpan.FromMinutes(5));
        s.Running.ShouldBe([task]);
        s.Finish(task).Outcomes.ShouldBe([Outcome.Succeeded]);
    }

    [Fact]
    public void Pitfall4_UnreachableAtMostOnce_WaitsForCertainty()
    {
        Scenario s = Started(new JobPolicy { Failover = false });
        TaskLaunch task = s.Running.Single();
        s.Run(task).Report(task, TaskState.Unreachable).Advance(TimeSpan.FromHours(5));
        s.Running.ShouldBe([task]);
        s.Outcomes.ShouldBeEmpty();
        s.Report(task, TaskState.Gone);
        s.Outcomes.ShouldBe([Outcome.Lost]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void DeclareLost_UnreachableForEver_TheFailoverPolicyDecidesAndItSaysWhoDid(bool resident)
    {
        Scenario s = resident
            ? new Scenario().With(Scenario.Job() with { Mode = JobMode.Resident, Policy = new JobPolicy { Failover = false } }).Connect()
            : Started(new JobPolicy { Failover = false });
        TaskLaunch task = s.Running.Single();
        var declare = new Command.DeclareLost("ann", task.Order.Run, 0);
        s.Run(task).Ask(declare).Status.ShouldBe(CommandStatus.Conflict, "it runs");
        s.Report(task, TaskState.Unreachable).Ask(declare).Status.ShouldBe(CommandStatus.Done);
        SchedulerEvent said = s.Of(EventKind.TaskStatus).Last();
        (said.Source, said.Reason, said.Message).ShouldBe(("operator", "declaredLost", "declared lost by ann"));
        if (resident)
        {
            s.Running.Count.ShouldBe(2, "it is still wanted");
        }
        else
        {
            s.Outcomes.ShouldBe([Outcome.Lost]);
            s.Ask(declare).Status.ShouldBe(CommandStatus.Conflict, "it is finished");
        }

        s.Effects.Clear();
        s.Run(task).Effects.OfType<Effect.Kill>().Single().Task.ShouldBe(task.Task, "should it show up, it must not run on");
    }

    [Fact]
    public void DeclareLost_LaunchNeverHeardOf_IsPossible()
    {
        Scenario s = Started(new JobPolicy { Failover = false });
        TaskLaunch task = s.Running.Single();
        s.Ask(new Command.DeclareLost("ann", task.Order.Run, 0)).Status.ShouldBe(CommandStatus.Conflict, "it was only just launched");
        s.Advance(TimeSpan.FromMinutes(3)).Ask(new Command.DeclareLost("ann", task.Order.Run, 0)).Status.ShouldBe(CommandStatus.Done);
        s.Outcomes.ShouldBe([Outcome.Lost]);
        s.Ask(new Command.DeclareLost("ann", "nothing", 0)).Status.ShouldBe(CommandStatus.NotFound);
    }

    [Fact]
    public void LaunchTimeout_NothingHeard_ReconcilesThenTakesForLost()
    {
        Scenario s = Started(new JobPolicy());
        TaskLaunch task = s.Running.Single();
        s.Effects.Clear();
        s.Advance(TimeSpan.FromSeconds(121));
        s.Effects.OfType<Effect.Reconcile>().ShouldContain(r => r.Tasks.Any(t => t.Task == task.Task));
        s.Running.ShouldBe([task]);
        s.Advance(TimeSpan.FromSeconds(121));
        s.Running.Count.ShouldBe(2, "the first is given up, a second attempt runs");
        s.Of(EventKind.TaskStatus).Last(e => e.Task == task.Task).Reason.ShouldBe("launchTimeout");
    }

    [Fact]
    public void LaunchTimeout_AtMostOnce_IsNeverGivenUp()
    {
        Scenario s = Started(new JobPolicy { Failover = false });
        s.Advance(TimeSpan.FromHours(1));
        s.Running.ShouldHaveSingleItem();
        s.Outcomes.ShouldBeEmpty();
    }

    [Fact]
    public void Pitfall7_FrameworkRemoved_IdIsForgottenAndWorkRunsAgain()
    {
        Scenario s = Started(new JobPolicy());
        TaskLaunch lost = s.Running.Single();
        s.Run(lost);
        s.Step(new Input.FrameworkRemoved("Framework has been removed"));
        s.Core.FrameworkId.ShouldBeNull();
        s.Connect();
        s.Running.ShouldContain(t => t.Order.Attempt == 2);
        s.Restart();
        s.Core.FrameworkId.ShouldBe("framework");
    }

    [Fact]
    public void Connect_LiveTasks_AreAskedForWithGrowingPausesUntilHeardOf()
    {
        Scenario s = Started(new JobPolicy());
        TaskLaunch task = s.Running.Single();
        s.Run(task).Restart();
        s.Effects.Clear();
        s.Advance(TimeSpan.FromSeconds(100));
        s.Effects.OfType<Effect.Reconcile>().Count().ShouldBe(4, "after 5, 15, 35 and 75 seconds");
        s.Run(task).Effects.Clear();
        s.Advance(TimeSpan.FromMinutes(5));
        s.Effects.OfType<Effect.Reconcile>().ShouldBeEmpty();
        s.Advance(TimeSpan.FromMinutes(5));
        s.Effects.OfType<Effect.Reconcile>().First().Tasks.ShouldBeEmpty("now and then all are asked for");
    }

    [Fact]
    public void Connected_NowAndThen_AllTasksAreAskedFor()
    {
        Scenario s = Started(new JobPolicy());
        s.Run(s.Running.Single()).Effects.Clear();
        s.Advance(new CoreOptions().ReconcileAll * 3);
        s.Effects.OfType<Effect.Reconcile>().Count(e => e.Tasks.Count == 0).ShouldBeInRange(2, 3);
    }
}
