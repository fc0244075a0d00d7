using System.Diagnostics;
using System.Globalization;
using ElasticJob.Executor;
using ElasticJob.Mesos.V1;
using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Reports;
using Microsoft.Extensions.Logging;
using TaskStatus = ElasticJob.Mesos.V1.TaskStatus;

namespace ElasticJob.Tests.Executor;

public sealed class ExecutorTests
{
    [Fact]
    public async Task Pitfall1_TransientTask_FinishesAndSaysWhereItsLogIs()
    {
        await using ExecutorFixture executor = await ExecutorFixture.StartAsync(app => app.Jobs.AddSimple("hello", (context, _) =>
        {
            context.Logger.LogInformation("Hello from shard {Shard}", context.ShardingItem);
            Console.Out.Flush();
            return ValueTask.CompletedTask;
        }));
        executor.Agent.Launch(ExecutorFixture.Order("t1", new ClassWork("hello")));
        (await executor.Agent.EndOfAsync("t1", executor.Patience)).State.ShouldBe(TaskState.TaskFinished);

        TaskReport running = FakeAgent.Report(executor.Agent.Of("t1").First(status => status.State == TaskState.TaskRunning));
        running.Sandbox.ShouldBe(executor.Sandbox);
        File.ReadAllText(Path.Combine(running.Sandbox!, running.Log!)).ShouldContain("info job: Hello from shard 0");
        executor.Agent.Of("t1").ShouldAllBe(status => status.Uuid.Length == 16 && status.Source == TaskStatus.Types.Source.Executor);
    }

    [Fact]
    public async Task Pitfall2_TwoHundredShardsAtOnce_EachHasItsOwnContextScopeAndLog()
    {
        const int shards = 200;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int started = 0;
        await using ExecutorFixture executor = await ExecutorFixture.StartAsync(app => app.Jobs.AddSimple("many", async (context, token) =>
        {
            if (Interlocked.Increment(ref started) == shards)
            {
                all.SetResult();
            }

            // Goes on only when all of them are inside.
            await all.Task.WaitAsync(token);
            context.Logger.LogInformation("I am {Item} {Parameter}", context.ShardingItem, context.ShardingParameter);
        }));
        for (int i = 0; i < shards; i++)
        {
            executor.Agent.Launch(ExecutorFixture.Order($"t{i}", new ClassWork("many"), i, shards) with { ShardParameter = $"p{i}" });
        }

        for (int i = 0; i < shards; i++)
        {
            (await executor.Agent.EndOfAsync($"t{i}", executor.Patience)).State.ShouldBe(TaskState.TaskFinished);
            executor.Log($"t{i}").TrimEnd().ShouldEndWith($"I am {i} p{i}");
        }
    }

    [Fact]
    public async Task Pitfall15_BrokenNeighbours_FailAloneAndSayWhy()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ExecutorFixture executor = await ExecutorFixture.StartAsync(app =>
        {
            app.Jobs.Add<BadConstructor>("bad-constructor");
            app.Jobs.Add<BadStatics>("bad-statics");
            app.Jobs.AddSimple("good", async (_, token) => await release.Task.WaitAsync(token));
        });
        executor.Agent.Launch(ExecutorFixture.Order("good", new ClassWork("good")));
        executor.Agent.Launch(ExecutorFixture.Order("t1", new ClassWork("bad-constructor")));
        executor.Agent.Launch(ExecutorFixture.Order("t2", new ClassWork("bad-statics")));
        executor.Agent.Launch(ExecutorFixture.Order("t3", new ClassWork("nobody")));
        executor.Agent.LaunchRaw("t4", "{ not json"u8.ToArray());
        executor.Agent.LaunchRaw("t5", """{"job":"j","run":"r","task":"t5","work":{"type":"magic"}}"""u8.ToArray());
        executor.Agent.Launch(ExecutorFixture.Order("t6", new ClassWork("good"), shard: 7, shards: 3));

        await FailedAsync("t1", FailureKind.Exception, "no database");
        await FailedAsync("t2", FailureKind.Exception, "bad table");
        await FailedAsync("t3", FailureKind.UnknownClass, "bad-constructor, bad-statics, good");
        await FailedAsync("t4", FailureKind.InvalidOrder, "cannot be read");
        await FailedAsync("t5", FailureKind.InvalidOrder, "magic");
        await FailedAsync("t6", FailureKind.InvalidOrder, "Shard 7 of 3");
        release.SetResult();
        (await executor.Agent.EndOfAsync("good", executor.Patience)).State.ShouldBe(TaskState.TaskFinished);

        async Task FailedAsync(string id, FailureKind kind, string text)
        {
            TaskStatus end = await executor.Agent.EndOfAsync(id, executor.Patience);
            end.State.ShouldBe(TaskState.TaskFailed);
            end.Message.ShouldContain(text);
            FakeAgent.Report(end).Failure!.Kind.ShouldBe(kind);
        }
    }

    [Fact]
    public async Task Pitfall18And23_UserCodeThrows_FailsWithTheCauseAndTheLastLines()
    {
        await using ExecutorFixture executor = await ExecutorFixture.StartAsync(app => app.Jobs.AddSimple("bad", (context, _) =>
        {
            for (int i = 0; i < 30; i++)
            {
                context.Logger.LogInformation("line {I}", i);
            }

            throw new InvalidDataException("row 7 is broken");
        }));
        executor.Agent.Launch(ExecutorFixture.Order("t1", new ClassWork("bad")));
        TaskStatus end = await executor.Agent.EndOfAsync("t1", executor.Patience);
        end.State.ShouldBe(TaskState.TaskFailed);
        end.Message.ShouldBe("row 7 is broken");
        TaskReport report = FakeAgent.Report(end);
        report.Failure!.ExceptionType.ShouldBe("System.IO.InvalidDataException");
        report.Failure.Detail!.ShouldContain(nameof(Pitfall18And23_UserCodeThrows_FailsWithTheCauseAndTheLastLines));
        report.LastLines!.Count.ShouldBe(20);
        report.LastLines.ShouldContain(line => line.Contains("line 29"));
    }

    [Fact]
    public async Task Pitfall14_JobIgnoresItsKill_IsKilledOnlyOnceItHasEnded()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ExecutorFixture executor = await ExecutorFixture.StartAsync(
            app => app.Jobs.AddSimple("deaf", async (_, _) => await release.Task));
        executor.Agent.Launch(ExecutorFixture.Order("t1", new ClassWork("deaf")), TimeSpan.FromMilliseconds(50));
        executor.Agent.Launch(ExecutorFixture.Order("t2", new ClassWork("deaf")));
        await executor.Agent.WaitForAsync("t1", TaskState.TaskRunning, executor.Patience);
        await executor.Agent.WaitForAsync("t2", TaskState.TaskRunning, executor.Patience);
        executor.Agent.Kill("t1");
        await executor.Agent.WaitForAsync("t1", status => status.Message.Contains("ignores its CancellationToken"), executor.Patience);

        executor.Agent.Launch(ExecutorFixture.Order("t3", new ClassWork("deaf")));
        TaskStatus dropped = await executor.Agent.EndOfAsync("t3", executor.Patience);
        dropped.State.ShouldBe(TaskState.TaskDropped);
        FakeAgent.Report(dropped).Failure!.Kind.ShouldBe(FailureKind.PlaceLost);
        executor.Agent.Of("t1").Select(status => status.State).ShouldNotContain(TaskState.TaskKilled);

        release.SetResult();
        (await executor.Agent.EndOfAsync("t1", executor.Patience)).State.ShouldBe(TaskState.TaskKilled);
        (await executor.Agent.EndOfAsync("t2", executor.Patience)).State.ShouldBe(TaskState.TaskFinished);
        executor.ExitedNow.Task.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Pitfall14_JobNeverStops_NeighboursAreToldAndTheProcessEndsWithoutALie()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var times = new EvictionTimes { Finish = TimeSpan.FromMilliseconds(50), Cancel = TimeSpan.FromSeconds(20), Report = TimeSpan.FromSeconds(20) };
        await using ExecutorFixture executor = await ExecutorFixture.StartAsync(
            app =>
            {
                app.Jobs.AddSimple("deaf", async (_, _) => await release.Task);
                app.Jobs.AddSimple("polite", async (_, token) => await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token));
            },
            times: times);
        executor.Agent.Launch(ExecutorFixture.Order("deaf", new ClassWork("deaf")), TimeSpan.FromMilliseconds(50));
        executor.Agent.Launch(ExecutorFixture.Order("polite", new ClassWork("polite")));
        await executor.Agent.WaitForAsync("deaf", TaskState.TaskRunning, executor.Patience);
        await executor.Agent.WaitForAsync("polite", TaskState.TaskRunning, executor.Patience);
        executor.Agent.Kill("deaf");

        (await executor.ExitedNow.Task.WaitAsync(executor.Patience)).ShouldBe(75);
        TaskStatus neighbour = await executor.Agent.EndOfAsync("polite", executor.Patience);
        neighbour.State.ShouldBe(TaskState.TaskFailed);
        FakeAgent.Report(neighbour).Failure!.Kind.ShouldBe(FailureKind.ExecutorLost);
        neighbour.Message.ShouldContain("deaf");
        executor.Agent.Of("deaf").Select(status => status.State).ShouldNotContain(TaskState.TaskKilled);
        release.SetResult();
    }

    [Fact]
    public async Task Kill_JobThatListens_IsKilledAfterItsCleanup()
    {
        bool cleaned = false;
        await using ExecutorFixture executor = await ExecutorFixture.StartAsync(app => app.Jobs.AddSimple("polite", async (_, token) =>
        {
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            }
            finally
            {
                cleaned = true;
            }
        }));
        executor.Agent.Launch(ExecutorFixture.Order("t1", new ClassWork("polite")));
        await executor.Agent.WaitForAsync("t1", TaskState.TaskRunning, executor.Patience);
        executor.Agent.Kill("t1");
        (await executor.Agent.EndOfAsync("t1", executor.Patience)).State.ShouldBe(TaskState.TaskKilled);
        cleaned.ShouldBeTrue();
        executor.Agent.Of("t1").Select(status => status.State).ShouldContain(TaskState.TaskKilling);
    }

    [Fact]
    public async Task Resubscribe_UnacknowledgedUpdates_AreToldAgainWithTheSameUuid()
    {
        await using ExecutorFixture executor = await ExecutorFixture.StartAsync(
            app => app.Jobs.AddSimple("hello", (_, _) => ValueTask.CompletedTask));
        executor.Agent.Acknowledges = false;
        executor.Agent.Launch(ExecutorFixture.Order("t1", new ClassWork("hello")));
        TaskStatus first = await executor.Agent.WaitForAsync("t1", _ => true, executor.Patience);

        executor.Agent.DropStream();
        while (executor.Agent.Subscriptions.Count < 2)
        {
            executor.Patience.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        Mesos.V1.Executor.Call.Types.Subscribe again = executor.Agent.Subscriptions.Last();
        again.UnacknowledgedUpdates.Select(update => update.Status.Uuid).ShouldBe([first.Uuid]);
        again.UnacknowledgedTasks.Select(task => task.TaskId.Value).ShouldBe(["t1"]);

        executor.Agent.Acknowledges = true;
        executor.Agent.Acknowledge(first);
        (await executor.Agent.EndOfAsync("t1", executor.Patience)).State.ShouldBe(TaskState.TaskFinished);
    }

    [Fact]
    public async Task Launch_SameTaskTwice_RunsOnce()
    {
        int runs = 0;
        await using ExecutorFixture executor = await ExecutorFixture.StartAsync(app => app.Jobs.AddSimple("count", (_, _) =>
        {
            Interlocked.Increment(ref runs);
            return ValueTask.CompletedTask;
        }));
        executor.Agent.Launch(ExecutorFixture.Order("t1", new ClassWork("count")));
        await executor.Agent.EndOfAsync("t1", executor.Patience);
        executor.Agent.Launch(ExecutorFixture.Order("t1", new ClassWork("count")));
        executor.Agent.Launch(ExecutorFixture.Order("t2", new ClassWork("count")));
        await executor.Agent.EndOfAsync("t2", executor.Patience);
        runs.ShouldBe(2);
    }

    [Fact]
    public async Task AgentGone_WithoutCheckpoint_EndsTheExecutor()
    {
        await using ExecutorFixture executor = await ExecutorFixture.StartAsync(_ => { }, checkpoint: false);
        executor.Agent.LaunchRaw("t1", []);
        await executor.Agent.EndOfAsync("t1", executor.Patience);
        executor.Agent.DropStream();
        (await executor.Completion.WaitAsync(executor.Patience)).ShouldBe(1);
    }

    /// <summary>Nobody else would ever end it: its agent may never come back.</summary>
    [Fact]
    public async Task AgentGone_ForLongerThanTheRecoveryTimeout_EndsTheExecutorAndItsScripts()
    {
        await using ExecutorFixture executor = await ExecutorFixture.StartAsync(_ => { }, recovery: TimeSpan.FromSeconds(1));
        executor.Agent.Launch(ExecutorFixture.Order("t1", new ScriptWork { Command = "echo $$ > pid.new; mv pid.new pid; sleep 1000" }));
        string file = Path.Combine(executor.Sandbox, "pid");
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!File.Exists(file))
        {
            await again.WaitForNextTickAsync(executor.Patience);
        }

        using Process script = Process.GetProcessById(int.Parse(await File.ReadAllTextAsync(file, executor.Patience), CultureInfo.InvariantCulture));
        await executor.Agent.DisposeAsync();
        (await executor.Completion.WaitAsync(executor.Patience)).ShouldBe(1);
        await script.WaitForExitAsync(executor.Patience);
    }

    [Fact]
    public async Task Shutdown_TasksRunning_EndsThemReportsAndExits()
    {
        await using ExecutorFixture executor = await ExecutorFixture.StartAsync(app => app.Jobs.AddSimple(
            "polite", async (_, token) => await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token)));
        executor.Agent.Launch(ExecutorFixture.Order("t1", new ClassWork("polite")));
        await executor.Agent.WaitForAsync("t1", TaskState.TaskRunning, executor.Patience);
        executor.Agent.Send(new Mesos.V1.Executor.Event { Type = Mesos.V1.Executor.Event.Types.Type.Shutdown });
        (await executor.Completion.WaitAsync(executor.Patience)).ShouldBe(0);
        (await executor.Agent.EndOfAsync("t1", executor.Patience)).State.ShouldBe(TaskState.TaskKilled);
    }

    [Fact]
    public async Task ReportProgress_ManyTimes_TheLastOneArrives()
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ExecutorFixture executor = await ExecutorFixture.StartAsync(app => app.Jobs.AddSimple("work", async (context, token) =>
        {
            for (int i = 0; i <= 1000; i++)
            {
                context.ReportProgress(i / 2000.0, $"{i} done");
            }

            await seen.Task.WaitAsync(token);
        }));
        executor.Agent.Launch(ExecutorFixture.Order("t1", new ClassWork("work")));
        await executor.Agent.WaitForAsync("t1", s => !s.Data.IsEmpty && FakeAgent.Report(s).Text == "1000 done", executor.Patience);
        seen.SetResult();
        await executor.Agent.EndOfAsync("t1", executor.Patience);
        executor.Agent.Of("t1").Count.ShouldBeLessThan(10);
    }

    public sealed class BadConstructor : ISimpleJob
    {
        public BadConstructor() => throw new InvalidOperationException("no database");

        public ValueTask ExecuteAsync(ShardingContext context, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }

    public sealed class BadStatics : ISimpleJob
    {
        private static readonly int Table = int.Parse(Broken(), System.Globalization.CultureInfo.InvariantCulture);

        public ValueTask ExecuteAsync(ShardingContext context, CancellationToken cancellationToken) =>
            Table > 0 ? ValueTask.CompletedTask : throw new InvalidOperationException();

        private static string Broken() => throw new FormatException("bad table");
    }
}
