using ElasticJob.Protocol.Reports;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Scheduling.Tests.Core;

public sealed partial class AttemptTests
{
    public enum End
    {
        Finished,
        Failed,
        UnknownClass,
        Error,
        Lost,
        Gone,
        Dropped,
        ExecutorDied,
        KilledByOthers,
        Unreachable,
    }

    // What becomes of a shard whose first attempt ends so, by failover and retry: another attempt, or the outcome.
    public static TheoryData<End, bool, int, Outcome?> Policies()
    {
        var data = new TheoryData<End, bool, int, Outcome?>();
        foreach (bool failover in (bool[])[true, false])
        {
            foreach (int attempts in (int[])[1, 3])
            {
                data.Add(End.Finished, failover, attempts, Outcome.Succeeded);
                data.Add(End.Failed, failover, attempts, attempts > 1 ? null : Outcome.Failed);
                data.Add(End.UnknownClass, failover, attempts, Outcome.Failed);
                data.Add(End.Error, failover, attempts, Outcome.Failed);
                data.Add(End.Lost, failover, attempts, failover ? null : Outcome.Lost);
                data.Add(End.Gone, failover, attempts, failover ? null : Outcome.Lost);
                data.Add(End.Dropped, failover, attempts, null);
                data.Add(End.ExecutorDied, failover, attempts, failover ? null : Outcome.Lost);
                data.Add(End.KilledByOthers, failover, attempts, failover ? null : Outcome.Lost);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void End_ByCauseFailoverAndRetry_NextAttemptOrOutcome(End end, bool failover, int attempts, Outcome? outcome)
    {
        var policy = new JobPolicy { Failover = failover, Retry = new RetryPolicy { Attempts = attempts } };
        foreach (LaunchPolicy launch in Enum.GetValues<LaunchPolicy>())
        {
            Scenario s = Started(policy with { Launch = launch });
            Let(s, s.Running.Single(), end);
            s.Advance(TimeSpan.FromSeconds(2));

            if (outcome is { } expected)
            {
                s.Outcomes.ShouldBe([expected]);
                s.Running.ShouldBeEmpty();
            }
            else
            {
                TaskLaunch again = s.Running.ShouldHaveSingleItem();
                (again.Order.Attempt, again.Order.Shard).ShouldBe((2, 0));
                again.Order.FencingToken.ShouldBeGreaterThan(1);
                s.Of(EventKind.ShardDelayed).ShouldHaveSingleItem().Reason.ShouldBe(end == End.Failed ? "retry" : "failover");
            }
        }
    }

    [Fact]
    public void Pitfall13_FailingShard_BacksOffAndStopsAfterItsAttempts()
    {
        Scenario s = Started(new JobPolicy { Retry = new RetryPolicy { Attempts = 4, BackoffMin = TimeSpan.FromSeconds(2), BackoffMax = TimeSpan.FromSeconds(5) } });
        var pauses = new List<double>();
        for (int i = 0; i < 3; i++)
        {
            s.Fail(s.Running.Single());
            DateTimeOffset failedAt = s.Now;
            while (s.Running.Count == 0)
            {
                s.Advance(TimeSpan.FromMilliseconds(500));
            }

            pauses.Add((s.Now - failedAt).TotalSeconds);
        }

        pauses.ShouldBe([2, 4, 5]);
        s.Fail(s.Running.Single());
        s.Outcomes.ShouldBe([Outcome.Failed]);
    }

    [Fact]
    public void Pitfall13_ResidentCrashLoop_BacksOffForEverAndStartsOverWhenStable()
    {
        Scenario s = new Scenario().Connect().With(Resident());
        for (int i = 0; i < 12; i++)
        {
            s.Run(s.Running.Single()).Fail(s.Running.Single()).Advance(TimeSpan.FromMinutes(2));
        }

        s.Of(EventKind.ShardDelayed).Last().Message!.ShouldContain("1 m");
        s.Run(s.Running.Single()).Advance(TimeSpan.FromMinutes(11));
        s.Fail(s.Running.Single());
        s.Of(EventKind.ShardDelayed).Last().Message!.ShouldContain("in 1 s");
        s.Outcomes.ShouldBeEmpty();
    }

    [Fact]
    public void Step_ProgressToldWithTheEnd_IsInTheEvent()
    {
        Scenario s = Started(new JobPolicy());
        s.Report(s.Running.Single(), TaskState.Finished, new TaskReport { Progress = 1, Text = "all done" });
        SchedulerEvent status = s.Of(EventKind.TaskStatus).Last();
        (status.State, status.Progress, status.ProgressText).ShouldBe((TaskState.Finished, 1, "all done"));
    }

    [Fact]
    public void Pitfall23_Failure_RecordsCauseCodeReasonAndLastLines()
    {
        Scenario s = Started(new JobPolicy());
        var failure = new TaskFailure { Kind = FailureKind.Signal, Message = "the process was killed", ExitCode = 137, Signal = "SIGKILL" };
        s.Report(s.Running.Single(), TaskState.Failed, new TaskReport { Failure = failure, LastLines = ["one", "two"] }, "REASON_COMMAND_EXECUTOR_FAILED", "Command terminated");
        SchedulerEvent status = s.Of(EventKind.TaskStatus).Last();
        (status.Failure, status.Reason, status.Message, status.Source).ShouldBe((failure, "REASON_COMMAND_EXECUTOR_FAILED", "Command terminated", "executor"));
        status.LastLines.ShouldBe(["one", "two"]);
        s.Of(EventKind.RunFinished).Single().Reason.ShouldBe("the process was killed");
    }

    [Theory]
    [InlineData("REASON_EXECUTOR_TERMINATED", FailureKind.ExecutorLost)]
    [InlineData("REASON_CONTAINER_LIMITATION_MEMORY", FailureKind.OutOfMemory)]
    [InlineData("REASON_CONTAINER_LAUNCH_FAILED", FailureKind.CannotStart)]
    public void Pitfall23_FailureWithoutAReport_IsExplainedFromTheReason(string reason, FailureKind kind)
    {
        Scenario s = Started(new JobPolicy { Failover = false });
        s.Report(s.Running.Single(), TaskState.Failed, reason: reason, message: "what the agent said");
        TaskFailure failure = s.Of(EventKind.TaskStatus).Last().Failure!;
        (failure.Kind, failure.Message).ShouldBe((kind, "what the agent said"));
    }

    [Fact]
    public void End_ExecutorDiesAgainAndAgain_TheShardHasFailed()
    {
        Scenario s = Started(new JobPolicy());
        for (int i = 0; i < 4; i++)
        {
            s.Run(s.Running.Single()).KillExecutor(s.Running.Single()).Advance(TimeSpan.FromMinutes(1));
        }

        s.Running.ShouldBeEmpty();
        SchedulerEvent end = s.Of(EventKind.RunFinished).Single();
        end.Outcome.ShouldBe(Outcome.Failed);
        end.Reason!.ShouldContain("died under it 4 times");
    }

    [Fact]
    public void Pitfall8_Starting_IsKnown()
    {
        Scenario s = Started(new JobPolicy());
        s.Report(s.Running.Single(), TaskState.Starting);
        s.Core.Tasks().Single().State.ShouldBe(TaskState.Starting);
    }

    [Fact]
    public void Handle_UpdatesTwiceAndOutOfOrder_CountOnce()
    {
        Scenario s = Started(new JobPolicy());
        TaskLaunch task = s.Running.Single();
        s.Run(task).Report(task, TaskState.Starting).Run(task);
        s.Core.Tasks().Single().State.ShouldBe(TaskState.Running);
        s.Of(EventKind.TaskStatus).Count().ShouldBe(1);
        s.Finish(task).Finish(task).Run(task);
        s.Outcomes.ShouldBe([Outcome.Succeeded]);
        s.Effects.OfType<Effect.Acknowledge>().Count().ShouldBe(6);
    }

    [Fact]
    public void Step_StatusOfATask_IsAcknowledgedOnlyWithItsEffect()
    {
        Scenario s = Started(new JobPolicy());
        TaskLaunch task = s.Running.Single();
        StepResult step = s.Step(new Input.Status(new TaskUpdate { Task = task.Task, State = TaskState.Finished, Agent = "agent1", Uuid = "AAAA" }));
        step.Mutations.ShouldNotBeEmpty();
        step.Effects.OfType<Effect.Acknowledge>().ShouldHaveSingleItem();
    }

    [Fact]
    public void Timeout_RunTooLong_IsKilledAndTimedOut()
    {
        Scenario s = Started(new JobPolicy { Timeout = TimeSpan.FromMinutes(10), Retry = new RetryPolicy { Attempts = 5 } });
        TaskLaunch task = s.Running.Single();
        s.Run(task).Advance(TimeSpan.FromMinutes(9));
        s.Restart().Advance(TimeSpan.FromSeconds(61));
        s.Effects.OfType<Effect.Kill>().First().Task.ShouldBe(task.Task);
        s.Outcomes.ShouldBeEmpty();
        s.Report(task, TaskState.Killed);
        s.Outcomes.ShouldBe([Outcome.TimedOut]);
        s.Of(EventKind.RunFinished).Single().Reason.ShouldBe("it did not end within 10 m");
        s.Running.ShouldBeEmpty();
    }

    [Fact]
    public void Timeout_WhileWaitingForItsNextAttempt_TheRunEnds()
    {
        Scenario s = Started(new JobPolicy { Timeout = TimeSpan.FromSeconds(30), Retry = new RetryPolicy { Attempts = 5, BackoffMin = TimeSpan.FromMinutes(5), BackoffMax = TimeSpan.FromMinutes(5) } });
        s.Fail(s.Running.Single()).Advance(TimeSpan.FromMinutes(1));
        s.Outcomes.ShouldBe([Outcome.TimedOut]);
        s.Advance(TimeSpan.FromMinutes(10)).Running.ShouldBeEmpty();
    }

    [Fact]
    public void KillRun_IsRepeatedUntilTerminalAndThenCostsTheExecutor()
    {
        Scenario s = Started(new JobPolicy { KillGrace = TimeSpan.FromSeconds(5) });
        TaskLaunch task = s.Running.Single();
        s.Run(task);
        s.Ask(new Command.KillRun("ann", task.Order.Run)).Status.ShouldBe(CommandStatus.Done);
        s.Advance(TimeSpan.FromSeconds(61));
        s.Effects.OfType<Effect.Kill>().Count().ShouldBeGreaterThan(5);
        s.Effects.OfType<Effect.Shutdown>().ShouldBeEmpty();
        s.Advance(TimeSpan.FromSeconds(20));
        s.Effects.OfType<Effect.Shutdown>().ShouldNotBeEmpty();
        s.Report(task, TaskState.Killed);
        (s.Of(EventKind.RunFinished).Single().Outcome, s.Of(EventKind.RunFinished).Single().Reason).ShouldBe((Outcome.Killed, "killed by ann"));
    }

    [Fact]
    public void KillRun_TaskFinishesFirst_TheRunSucceeded()
    {
        Scenario s = Started(new JobPolicy());
        TaskLaunch task = s.Running.Single();
        s.Ask(new Command.KillRun("ann", task.Order.Run));
        s.Finish(task).Outcomes.ShouldBe([Outcome.Succeeded]);
    }

    [Fact]
    public void Pitfall6_RestartInEveryState_GoesOnWhereItWas()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job() with { ShardCount = 70, Resources = Resources.Of(0.01, 1) });
        s.Ask(new Command.TriggerJob("ann", new JobName("job")));
        s.Restart();
        s.Running.Count.ShouldBe(70);
        foreach (TaskLaunch task in s.Running.Take(40).ToArray())
        {
            s.Run(task).Finish(task);
        }

        s.Restart();
        s.Core.Runs().Single().Shards.Count(x => x.State == Scheduling.Views.ShardState.Finished).ShouldBe(40);
        s.FinishAll().Outcomes.ShouldBe([Outcome.Succeeded]);
        s.Of(EventKind.TaskLaunched).Count().ShouldBe(70);
        s.Durable.ShouldNotContain(k => k.StartsWith("runs/", StringComparison.Ordinal));
    }

    [Fact]
    public void Resident_Executions_AreRecordedOnceAndSurviveRestartAndUpdate()
    {
        Scenario s = new Scenario().Connect().With(Resident());
        TaskLaunch task = s.Running.Single();
        DateTimeOffset due = Scenario.Start.AddMinutes(1);
        var report = new TaskReport
        {
            Executions = [new ExecutionReport { DueAt = due, Outcome = ExecutionOutcome.Succeeded }],
            FiredUpTo = due,
        };
        s.Report(task, TaskState.Running, report).Report(task, TaskState.Running, report).Restart();
        s.Report(task, TaskState.Running, report);
        s.Of(EventKind.Execution).ShouldHaveSingleItem().DueAt.ShouldBe(due);

        s.With(Resident() with { Parameter = "new" });
        s.Report(task, TaskState.Killed);
        TaskLaunch next = s.Running.Single();
        (next.Order.JobVersion, next.Order.Resident!.FiredUpTo).ShouldBe((2, due));
    }

    [Fact]
    public void Resident_DisabledAndRemoved_Ends()
    {
        Scenario s = new Scenario().Connect().With(Resident());
        TaskLaunch task = s.Running.Single();
        s.Run(task).Ask(new Command.EnableJob("ann", new JobName("job"), false));
        s.Report(task, TaskState.Killed).Advance(TimeSpan.FromMinutes(1));
        s.Running.ShouldBeEmpty();
        s.Ask(new Command.EnableJob("ann", new JobName("job"), true));
        task = s.Running.Single();
        s.Run(task).Ask(new Command.RemoveJob("ann", new JobName("job"))).Status.ShouldBe(CommandStatus.Done);
        s.Ask(new Command.Apply("ann", [], [Resident()])).Status.ShouldBe(CommandStatus.Conflict, "its last run is still being ended");
        s.Restart();
        s.Report(task, TaskState.Killed).Advance(TimeSpan.FromMinutes(1));
        s.Running.ShouldBeEmpty();
        s.Ask(new Command.Apply("ann", [], [Resident()])).Status.ShouldBe(CommandStatus.Done);
    }

    [Fact]
    public void Resident_Killed_IsStillWantedAndStartsAgain()
    {
        Scenario s = new Scenario().Connect().With(Resident());
        TaskLaunch task = s.Running.Single();
        s.Run(task).Ask(new Command.KillRun("ann", task.Order.Run));
        s.Report(task, TaskState.Killed);
        s.Running.Single().Order.Attempt.ShouldBe(2);
    }

    private static JobDefinition Resident() => Scenario.Job(cron: "* * * * *") with { Mode = JobMode.Resident };

    private static Scenario Started(JobPolicy policy)
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job(policy: policy));
        s.Ask(new Command.TriggerJob("test", new JobName("job"))).Status.ShouldBe(CommandStatus.Done);
        s.Running.Count.ShouldBe(1);
        return s;
    }

    private static void Let(Scenario s, TaskLaunch task, End end)
    {
        if (end != End.Dropped)
        {
            // What was dropped never ran.
            s.Run(task);
        }

        _ = end switch
        {
            End.Finished => s.Finish(task),
            End.Failed => s.Fail(task),
            End.UnknownClass => s.Report(task, TaskState.Failed, new TaskReport { Failure = new TaskFailure { Kind = FailureKind.UnknownClass, Message = "no such class" } }),
            End.Error => s.Report(task, TaskState.Error, message: "invalid"),
            End.Lost => s.Report(task, TaskState.Lost),
            End.Gone => s.Report(task, TaskState.Gone),
            End.Dropped => s.Report(task, TaskState.Dropped),
            End.ExecutorDied => s.KillExecutor(task),
            End.KilledByOthers => s.Report(task, TaskState.Killed),
            _ => throw new ArgumentOutOfRangeException(nameof(end), end, null),
        };
    }
}
