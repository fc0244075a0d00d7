using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Scheduling.Tests.Core;

public sealed class FiringTests
{
    private const string EveryMinute = "* * * * *";

    [Fact]
    public void Fire_DueTimePasses_RunIsNamedByJobAndTime()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job(cron: EveryMinute)).Advance(TimeSpan.FromSeconds(61));

        TaskLaunch task = s.Running.ShouldHaveSingleItem();
        task.Order.Run.ShouldBe("job@20261121T120100Z");
        task.Task.ShouldBe("job@20261121T120100Z_0_1");
        task.Order.ScheduledAt.ShouldBe(Scenario.Start.AddMinutes(1));
        task.Order.Trigger.ShouldBe(Trigger.Cron);
    }

    [Fact]
    public void Fire_SeveralSchedules_DueTimesAreUnited()
    {
        JobDefinition job = Scenario.Job() with { Schedule = ["0 0 * * * ?", "0 0/30 * * * ?", "15 * * * *"], Policy = new JobPolicy { Overlap = OverlapPolicy.Allow } };
        Scenario s = new Scenario().Connect().With(job).Advance(TimeSpan.FromHours(1));

        s.Of(EventKind.RunCreated).Select(e => e.DueAt!.Value.Minute).ShouldBe([15, 30, 0]);
    }

    [Fact]
    public void Fire_Interval_KeepsItsGridOverRestartAndUpdate()
    {
        JobDefinition job = Scenario.Job() with { Every = TimeSpan.FromSeconds(30), Policy = new JobPolicy { Overlap = OverlapPolicy.Allow } };
        Scenario s = new Scenario().Connect().With(job).Advance(TimeSpan.FromSeconds(40));
        s.Restart();
        s.With(job with { Parameter = "changed" });
        s.Advance(TimeSpan.FromSeconds(25));

        s.Of(EventKind.RunCreated).Select(e => e.DueAt!.Value.TimeOfDay).ShouldBe([new(12, 0, 30), new(12, 1, 0)]);
        s.Of(EventKind.RunCreated).Select(e => e.Version).ShouldBe([1, 2]);
    }

    // The due times 12:01 … 12:05 pass while nobody leads; the job is idle. At 12:05:30 a leader is back.
    [Theory]
    [InlineData(MisfirePolicy.Skip, 0, 5)]
    [InlineData(MisfirePolicy.FireOnce, 1, 0)]
    [InlineData(MisfirePolicy.FireAll, 5, 0)]
    public void Fire_LeaderAbsent_MisfirePolicyAnswersEveryDueTime(MisfirePolicy misfire, int runs, int skipped)
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job(cron: EveryMinute, policy: new JobPolicy { Misfire = misfire, Overlap = OverlapPolicy.Forbid }));
        s.Pass(TimeSpan.FromSeconds(330)).Restart();
        for (int i = 0; i < 10; i++)
        {
            s.FinishAll();
        }

        s.Of(EventKind.RunCreated).Count().ShouldBe(runs);
        s.Of(EventKind.RunCreated).ShouldAllBe(e => e.Trigger == Trigger.Misfire && e.Message!.StartsWith("misfired: leader absent "));
        s.Of(EventKind.DueSkipped).Sum(e => e.DueCount).ShouldBe(skipped);
        Answered(s).ShouldBe(5);
    }

    [Fact]
    public void Fire_Late_SaysWhetherALeaderWasAbsent()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job(cron: EveryMinute));
        s.Pass(TimeSpan.FromSeconds(74)).Restart().FinishAll();
        s.Pass(TimeSpan.FromSeconds(60)).Step();

        s.Of(EventKind.RunCreated).Select(e => e.Message).ShouldBe(["misfired: leader absent 14 s, fired once", "misfired: 14 s late, fired once"]);
    }

    [Theory]
    [InlineData(MisfirePolicy.FireOnce, 2)]
    [InlineData(MisfirePolicy.FireAll, 2)]
    public void Fire_LeaderAbsentLongerThanWindow_OlderDueTimesAreSkippedWithTheReason(MisfirePolicy misfire, int caughtUp)
    {
        var policy = new JobPolicy { Misfire = misfire, CatchUpWindow = TimeSpan.FromMinutes(2) };
        Scenario s = new Scenario().Connect().With(Scenario.Job(cron: EveryMinute, policy: policy));
        s.Pass(TimeSpan.FromSeconds(330)).Restart();

        SchedulerEvent skip = s.Of(EventKind.DueSkipped).ShouldHaveSingleItem();
        (skip.DueCount, skip.DueAt, skip.DueUntil).ShouldBe((3, Scenario.Start.AddMinutes(1), Scenario.Start.AddMinutes(3)));
        skip.Message!.ShouldContain("catch-up window");
        s.Of(EventKind.RunCreated).Sum(e => e.DueCount).ShouldBe(caughtUp);
    }

    // A run started at 12:01 and is still going on; 12:02, 12:03 and 12:04 come due.
    [Theory]
    [InlineData(OverlapPolicy.Forbid, 1, 3, 0)]
    [InlineData(OverlapPolicy.QueueOne, 1, 2, 1)]
    [InlineData(OverlapPolicy.QueueAll, 1, 0, 3)]
    [InlineData(OverlapPolicy.Allow, 4, 0, 0)]
    public void Fire_DuringARun_OverlapPolicyDecides(OverlapPolicy overlap, int running, int skipped, int waiting)
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job(cron: EveryMinute, policy: new JobPolicy { Overlap = overlap }));
        s.Advance(TimeSpan.FromSeconds(4 * 60 + 1));

        s.Running.Count.ShouldBe(running);
        s.Of(EventKind.DueSkipped).Count(e => e.Reason == "overlap").ShouldBe(skipped);
        s.Core.FindJob(new JobName("job"))!.WaitingRuns.ShouldBe(waiting);
        for (int i = 0; i < 5; i++)
        {
            s.FinishAll();
        }

        s.Of(EventKind.RunFinished).Count().ShouldBe(running + waiting);
        Answered(s).ShouldBe(4);
    }

    [Fact]
    public void Fire_DuringARunWithReplace_KillsFirstAndStartsOnlyWhenItIsDead()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job(cron: EveryMinute, policy: new JobPolicy { Overlap = OverlapPolicy.Replace }));
        s.Advance(TimeSpan.FromSeconds(61));
        TaskLaunch first = s.Running.Single();
        s.Run(first).Advance(TimeSpan.FromSeconds(60));

        s.Effects.OfType<Effect.Kill>().First().Task.ShouldBe(first.Task);
        s.Running.Single().ShouldBe(first);
        s.Report(first, TaskState.Killed);

        s.Running.Single().Order.Run.ShouldBe("job@20261121T120200Z");
        SchedulerEvent ended = s.Of(EventKind.RunFinished).Single();
        (ended.Outcome, ended.Reason).ShouldBe((Outcome.Killed, "replaced by the run due at 2026-11-21T12:02:00Z"));
    }

    // Misfire × overlap: 12:01 runs when the leader goes away; 12:02 … 12:05 pass; at 12:05:30 a leader is back and the run still goes on.
    [Theory]
    [InlineData(MisfirePolicy.Skip, OverlapPolicy.Forbid, 0, 4)]
    [InlineData(MisfirePolicy.Skip, OverlapPolicy.QueueOne, 0, 4)]
    [InlineData(MisfirePolicy.Skip, OverlapPolicy.QueueAll, 0, 4)]
    [InlineData(MisfirePolicy.Skip, OverlapPolicy.Replace, 0, 4)]
    [InlineData(MisfirePolicy.Skip, OverlapPolicy.Allow, 0, 4)]
    [InlineData(MisfirePolicy.FireOnce, OverlapPolicy.Forbid, 0, 4)]
    [InlineData(MisfirePolicy.FireOnce, OverlapPolicy.QueueOne, 1, 0)]
    [InlineData(MisfirePolicy.FireOnce, OverlapPolicy.QueueAll, 1, 0)]
    [InlineData(MisfirePolicy.FireOnce, OverlapPolicy.Replace, 1, 0)]
    [InlineData(MisfirePolicy.FireOnce, OverlapPolicy.Allow, 1, 0)]
    [InlineData(MisfirePolicy.FireAll, OverlapPolicy.Forbid, 4, 0)]
    [InlineData(MisfirePolicy.FireAll, OverlapPolicy.QueueOne, 4, 0)]
    [InlineData(MisfirePolicy.FireAll, OverlapPolicy.QueueAll, 4, 0)]
    [InlineData(MisfirePolicy.FireAll, OverlapPolicy.Replace, 4, 0)]
    [InlineData(MisfirePolicy.FireAll, OverlapPolicy.Allow, 4, 0)]
    public void Fire_MisfireDuringARun_BothPoliciesHold(MisfirePolicy misfire, OverlapPolicy overlap, int caughtUpRuns, int skippedDueTimes)
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job(cron: EveryMinute, policy: new JobPolicy { Misfire = misfire, Overlap = overlap }));
        s.Advance(TimeSpan.FromSeconds(61));
        s.Run(s.Running.Single());
        s.Pass(TimeSpan.FromSeconds(269)).Restart();

        s.Of(EventKind.RunCreated).Count(e => e.Trigger == Trigger.Misfire).ShouldBe(caughtUpRuns);
        s.Of(EventKind.DueSkipped).Sum(e => e.DueCount).ShouldBe(skippedDueTimes);
        Answered(s).ShouldBe(5);
        int together = overlap == OverlapPolicy.Allow ? 1 + caughtUpRuns : 1;
        s.Running.Count.ShouldBe(together);
    }

    [Fact]
    public void Fire_ClockSetBackAnHour_CronWaitsAndRepeatsNothing()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job(cron: EveryMinute));
        s.Advance(TimeSpan.FromSeconds(125)).FinishAll().FinishAll();
        int before = s.Of(EventKind.RunCreated).Count();
        s.SetClock(TimeSpan.FromHours(-1)).Advance(TimeSpan.FromMinutes(59));
        s.Of(EventKind.RunCreated).Count().ShouldBe(before);

        s.Advance(TimeSpan.FromMinutes(2)).FinishAll();
        s.Of(EventKind.RunCreated).Skip(before).First().DueAt.ShouldBe(Scenario.Start.AddMinutes(3));
        s.Of(EventKind.RunCreated).Select(e => e.Run).ShouldBeUnique();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Fire_ClockSetBackAnHour_IntervalsGoOnFromNow(bool whileDown)
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job() with { Every = TimeSpan.FromSeconds(30) });
        s.Advance(TimeSpan.FromSeconds(65)).FinishAll().FinishAll();
        int before = s.Of(EventKind.RunCreated).Count();
        s.SetClock(TimeSpan.FromHours(-1));
        _ = whileDown ? s.Restart() : s;
        s.Advance(TimeSpan.FromSeconds(31)).FinishAll();

        s.Of(EventKind.RunCreated).Count().ShouldBe(before + 1);
        s.Of(EventKind.RunCreated).Select(e => e.Run).ShouldBeUnique();
    }

    [Fact]
    public void Fire_ClockSetForward_DueTimesInBetweenAreMisfires()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job(cron: EveryMinute));
        s.Advance(TimeSpan.FromSeconds(10)).SetClock(TimeSpan.FromMinutes(10)).Advance(TimeSpan.FromSeconds(1));

        SchedulerEvent run = s.Of(EventKind.RunCreated).ShouldHaveSingleItem();
        (run.Trigger, run.DueCount).ShouldBe((Trigger.Misfire, 10));
    }

    [Fact]
    public void Pitfall14_DisableAndEnable_BacklogIsRecordedAndNotReplayed()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job(cron: EveryMinute, policy: new JobPolicy { Overlap = OverlapPolicy.QueueAll }));
        s.Advance(TimeSpan.FromSeconds(125));
        s.Ask(new Command.EnableJob("test", new JobName("job"), false)).Status.ShouldBe(CommandStatus.Done);
        int launched = s.Running.Count;
        s.Advance(TimeSpan.FromMinutes(5));
        s.FinishAll();
        s.Running.Count.ShouldBe(0, "nothing starts after a disable is answered");
        launched.ShouldBe(1);
        s.Ask(new Command.EnableJob("test", new JobName("job"), true));
        s.Advance(TimeSpan.FromSeconds(1));

        s.Running.ShouldBeEmpty();
        SchedulerEvent skip = s.Of(EventKind.DueSkipped).Single(e => e.Reason == "disabled");
        skip.DueCount.ShouldBe(5);
        s.Of(EventKind.RunFinished).Single(e => e.Outcome == Outcome.Cancelled).Reason.ShouldBe("disabled");
    }

    [Fact]
    public void Pitfall14_Update_PendingRunsKeepTheirVersion()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job(cron: EveryMinute, policy: new JobPolicy { Overlap = OverlapPolicy.QueueAll }));
        s.Advance(TimeSpan.FromSeconds(125));
        s.With(Scenario.Job(cron: EveryMinute, policy: new JobPolicy { Overlap = OverlapPolicy.QueueAll }) with { Parameter = "new" });
        s.Restart();
        s.FinishAll();
        (s.Running.Single().Order.JobVersion, s.Running.Single().Order.JobParameter).ShouldBe((1, null));
        s.Advance(TimeSpan.FromSeconds(60)).FinishAll();
        (s.Running.Single().Order.JobVersion, s.Running.Single().Order.JobParameter).ShouldBe((2, "new"));
        s.FinishAll();
        s.Durable.ShouldNotContain(k => k.StartsWith("versions/", StringComparison.Ordinal));
    }

    [Fact]
    public void Pitfall19_EditAndRemoval_LeaveNoOldTriggerBehind()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job(cron: EveryMinute));
        s.With(Scenario.Job(cron: "0 0 * * *"));
        s.Advance(TimeSpan.FromMinutes(10));
        s.Of(EventKind.RunCreated).ShouldBeEmpty();
        s.With(Scenario.Job(cron: EveryMinute));
        s.Ask(new Command.RemoveJob("test", new JobName("job"))).Status.ShouldBe(CommandStatus.Done);
        s.Advance(TimeSpan.FromMinutes(10));
        s.Of(EventKind.RunCreated).ShouldBeEmpty();
        s.Durable.ShouldNotContain(k => k.StartsWith("jobs/", StringComparison.Ordinal) || k.StartsWith("cursors/", StringComparison.Ordinal));
    }

    [Fact]
    public void Pitfall9_PoisonDefinition_HarmsOnlyItself()
    {
        Scenario s = new Scenario().Connect().With(
            Scenario.Job("good", EveryMinute),
            Scenario.Job("poison") with { Schedule = ["this is not cron"], TimeZone = "Nowhere/Land" });
        s.Restart();
        s.Advance(TimeSpan.FromSeconds(61));

        s.Running.Single().Order.Job.ShouldBe("good");
        s.Core.FindJob(new JobName("poison"))!.Fault!.ShouldContain("fields");
    }

    [Fact]
    public void Trigger_Manual_CarriesParameterAndChosenShards()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job() with { ShardCount = 4, Parameter = "default" });
        CommandResult answer = s.Ask(new Command.TriggerJob("ann", new JobName("job"), "special", [3, 1]));

        answer.Run.ShouldNotBeNull();
        s.Running.Select(t => t.Order.Shard).ShouldBe([1, 3]);
        s.Running.ShouldAllBe(t => t.Order.JobParameter == "special" && t.Order.ShardCount == 4 && t.Order.Trigger == Trigger.Manual);
        s.Of(EventKind.RunCreated).Single().Actor.ShouldBe("ann");
        s.Ask(new Command.TriggerJob("ann", new JobName("job"), null, [4])).Message!.ShouldContain("0 to 3");
    }

    /// <summary>Due times that are answered, by runs or by reasons.</summary>
    private static int Answered(Scenario s) =>
        s.Of(EventKind.RunCreated).Concat(s.Of(EventKind.DueSkipped)).Sum(e => e.DueCount ?? 0);
}
