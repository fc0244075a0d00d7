using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Scheduling.Tests.Core;

/// <summary>Bugs of the core that seeds of the simulator found, each told as small as it is.</summary>
public sealed class FoundBySimulationTests
{
    private static readonly JobName Name = new("job");

    [Fact]
    public void Apply_NewScheduleWhileDisabled_WhatWasMissedIsRecordedUnderTheOldOne()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job(cron: "* * * * *"));
        s.Ask(new Command.EnableJob("ann", Name, false));
        s.Advance(TimeSpan.FromSeconds(150));
        s.With(Scenario.Job(cron: "0/10 * * * * ?") with { Enabled = false });

        SchedulerEvent skip = s.Of(EventKind.DueSkipped).ShouldHaveSingleItem();
        (skip.Version, skip.DueCount, skip.Reason).ShouldBe((2, 2, "disabled"));
    }

    [Fact]
    public void Apply_NewScheduleTogetherWithDisabling_AnswersNothingFromBeforeIt()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job(cron: "0 0 * * * ?"));
        s.Advance(TimeSpan.FromMinutes(5));
        s.With(Scenario.Job(cron: "* * * * *") with { Enabled = false });
        s.Advance(TimeSpan.FromSeconds(125));
        s.Ask(new Command.EnableJob("ann", Name, true));

        s.Of(EventKind.DueSkipped).Sum(e => e.DueCount).ShouldBe(2);
    }

    [Fact]
    public void RemoveJob_Disabled_WhatItMissedIsRecorded()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job(cron: "* * * * *"));
        s.Ask(new Command.EnableJob("ann", Name, false));
        s.Advance(TimeSpan.FromSeconds(150));
        s.Ask(new Command.RemoveJob("ann", Name));

        s.Of(EventKind.DueSkipped).Sum(e => e.DueCount).ShouldBe(2);
    }

    [Fact]
    public void RemoveJob_OnlyAnOlderVersionRuns_LeavesNoVersionBehind()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job());
        s.Ask(new Command.TriggerJob("ann", Name));
        TaskLaunch task = s.Running.Single();
        s.With(Scenario.Job() with { Parameter = "new" });
        s.Ask(new Command.RemoveJob("ann", Name));
        s.Report(task, TaskState.Killed);

        s.Durable.ShouldNotContain(k => k.StartsWith("versions/", StringComparison.Ordinal));
    }

    [Fact]
    public void Offers_ExecutorNotNamed_IsNotTakenForWarm()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job());
        s.Ask(new Command.TriggerJob("ann", Name));
        TaskLaunch first = s.Running.Single();
        s.Run(first).Finish(first);
        s.Core.Executors().ShouldHaveSingleItem();
        s.Offer("agent1", Resources.Of(1, 1000));

        s.Core.Executors().ShouldBeEmpty("its agent does not have it any more");
        s.Of(EventKind.ExecutorEnded).Last().Executor.ShouldBe(first.Executor.Id);
    }

    [Fact]
    public void Suppressed_NowAndThen_LooksWhichExecutorsCameBackWithTheirAgent()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job());
        s.Effects.OfType<Effect.Suppress>().ShouldNotBeEmpty();
        s.Effects.Clear();
        s.Advance(TimeSpan.FromMinutes(11));

        s.Effects.OfType<Effect.Revive>().ShouldHaveSingleItem();
        s.Core.Cluster().Suppressed.ShouldBeTrue("once the offers were seen");
    }

    [Fact]
    public void Kill_ThatCostsTheExecutor_NothingNewGoesToIt()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job(), Scenario.Job("other"));
        s.Ask(new Command.TriggerJob("ann", Name));
        TaskLaunch stuck = s.Running.Single();
        s.Run(stuck).Ask(new Command.KillRun("ann", stuck.Order.Run));
        s.Advance(TimeSpan.FromSeconds(110));
        s.Effects.OfType<Effect.Shutdown>().ShouldNotBeEmpty();
        s.Ask(new Command.TriggerJob("ann", new JobName("other")));

        s.Running.Single(t => t.Order.Job == "other").Executor.Id.ShouldNotBe(stuck.Executor.Id);
    }

    [Fact]
    public void Launch_NeverArrived_ItsNewExecutorIsNotTakenForWarm()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job());
        s.Ask(new Command.TriggerJob("ann", Name));
        TaskLaunch dropped = s.Running.Single();
        s.Report(dropped, TaskState.Dropped).Advance(TimeSpan.FromSeconds(1));

        s.Running.Single().Executor.Id.ShouldNotBe(dropped.Executor.Id);
        s.Of(EventKind.ExecutorEnded).Single().Reason.ShouldBe("neverStarted");
    }

    [Fact]
    public void ExecutorDied_OneTaskAfterTheOther_NothingNewGoesToItInBetween()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job() with { ShardCount = 2 });
        s.Ask(new Command.TriggerJob("ann", Name));
        TaskLaunch[] both = [.. s.Running];
        s.Run(both[0]).Run(both[1]);
        s.Report(both[0], TaskState.Failed, reason: "REASON_EXECUTOR_TERMINATED", message: "Executor terminated");

        s.Running.Single(t => t.Order.Attempt == 2).Executor.Id.ShouldNotBe(both[0].Executor.Id);
    }

    [Fact]
    public void Refused_ByAnExecutorThatWasThereBefore_TriedAgainWithANewOne()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job(), Scenario.Job("other"));
        s.Ask(new Command.TriggerJob("ann", Name));
        TaskLaunch first = s.Running.Single();
        s.Run(first).Advance(TimeSpan.FromSeconds(5));
        s.Ask(new Command.TriggerJob("ann", new JobName("other")));
        TaskLaunch refused = s.Running.Single(t => t.Order.Job == "other");
        refused.Executor.Id.ShouldBe(first.Executor.Id);
        s.Report(refused, TaskState.Error, reason: "REASON_TASK_INVALID", message: "needs more than was offered");

        TaskLaunch again = s.Running.Single(t => t.Order.Job == "other");
        again.Executor.Id.ShouldNotBe(first.Executor.Id);
        s.Report(again, TaskState.Error, reason: "REASON_TASK_INVALID", message: "needs more than was offered");
        s.Outcomes.ShouldBe([Outcome.Failed], "with an executor of its own the task itself is at fault");
    }

    [Fact]
    public void Apply_IntervalAfterTheClockWasSetBack_GoesOnFromNow()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job(cron: "0/10 * * * * ?"));
        s.Advance(TimeSpan.FromSeconds(25)).SetClock(TimeSpan.FromHours(-1));
        s.With(Scenario.Job() with { Every = TimeSpan.FromSeconds(10) });
        int before = s.Of(EventKind.RunCreated).Count();
        s.Advance(TimeSpan.FromSeconds(35));

        (s.Of(EventKind.RunCreated).Count() + s.Of(EventKind.DueSkipped).Count() - before).ShouldBe(3);
    }

    // Seeds 319256, 330243 and 344287: the times of an interval mean nothing to a cron expression, whether it was enabled or not.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Apply_CronInsteadOfAnInterval_AfterTheClockWasSetBack_CountsFromNow(bool disabled)
    {
        JobDefinition interval = Scenario.Job() with { Every = TimeSpan.FromSeconds(10) };
        Scenario s = new Scenario().Connect().With(interval).Advance(TimeSpan.FromSeconds(25));
        _ = disabled ? s.With(interval with { Enabled = false }) : s;
        s.SetClock(TimeSpan.FromHours(-1)).With(Scenario.Job(cron: "0/10 * * * * ?"));
        int before = s.Of(EventKind.RunCreated).Count() + s.Of(EventKind.DueSkipped).Count();
        s.Advance(TimeSpan.FromSeconds(35));

        (s.Of(EventKind.RunCreated).Count() + s.Of(EventKind.DueSkipped).Count() - before).ShouldBe(4);
        s.Of(EventKind.RunCreated).Select(e => e.Run).ShouldBeUnique();
    }

    // Seeds 1044101, 1047890 and 1104347.
    [Fact]
    public void DisableApp_RunWaitsWhoseJobHasMovedToAnotherApp_IsCancelledAsTheAppsOwn()
    {
        Scenario s = new Scenario().RemoveAgents().Connect().With(Scenario.Job());
        s.Ask(new Command.Apply("ann", [Scenario.App("other")], []));
        s.Ask(new Command.TriggerJob("ann", Name));
        s.With(Scenario.Job() with { App = new AppName("other") });
        s.Ask(new Command.TriggerJob("ann", Name));
        s.Ask(new Command.EnableApp("ann", new AppName("app"), false));

        SchedulerEvent ended = s.Of(EventKind.RunFinished).ShouldHaveSingleItem("the run of the other app waits on");
        (ended.App, ended.Outcome, ended.Reason).ShouldBe(("app", Outcome.Cancelled, "the app was disabled"));
    }

    // Seed 352455.
    [Fact]
    public void Dropped_ThoughItHadBeenRunning_IsALostPlaceAndNoLaunchThatDidNotArrive()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job(cron: "* * * * *", policy: new JobPolicy { Failover = false })).Advance(TimeSpan.FromSeconds(61));
        TaskLaunch task = s.Running.Single();
        s.Run(task).Report(task, TaskState.Dropped, reason: "REASON_AGENT_REREGISTERED").Advance(TimeSpan.FromSeconds(30));

        s.Launched.ShouldHaveSingleItem();
        s.Outcomes.ShouldBe([Outcome.Lost]);
    }
}
