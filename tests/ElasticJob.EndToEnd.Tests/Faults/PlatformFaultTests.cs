using System.Text.Json;
using ElasticJob.EndToEnd.Tests.Support;
using ElasticJob.Mesos.V1;
using ElasticJob.Mesos.V1.Scheduler;
using Google.Protobuf;

namespace ElasticJob.EndToEnd.Tests.Faults;

/// <summary>Real processes, real HTTP, real faults: afterwards every due time is answered, and what the executors themselves wrote agrees.</summary>
public sealed class PlatformFaultTests : IAsyncLifetime
{
    private readonly TestFolder folder = new();
    private SplitPlatform platform = null!;

    public async ValueTask InitializeAsync() => platform = await SplitPlatform.StartAsync(folder, agents: 2);

    public async ValueTask DisposeAsync()
    {
        await platform.DisposeAsync();
        folder.Dispose();
    }

    /// <summary>Each step: the scheduler gets kill -9 at one point of what it does, and another takes over from what is durable.</summary>
    [Fact]
    public async Task Scheduler_KilledAtEachCommitAndEffect_LosesNothingAndDoublesNothing()
    {
        await StartJobsAsync();
        foreach ((string point, Predicate<IMessage> at, bool afterwards) in Points())
        {
            Task sprung = platform.Proxy.SpringsAsync(at, afterwards, platform.KillScheduler);
            await DiesAsync(sprung, point);
        }

        // A kill is asked for once: where the scheduler dies with it, its successor has to carry it out.
        foreach (bool afterwards in (bool[])[false, true])
        {
            string gated = await platform.TriggerAsync("gated");
            string task = (await platform.Api.AtGateAsync(gated)).GetProperty("shards")[0].GetProperty("task").Text("id")!;
            Task sprung = platform.Proxy.SpringsAsync(
                m => m is Call { Type: Call.Types.Type.Kill } call && call.Kill.TaskId.Value == task, afterwards, platform.KillScheduler);
            await AskForItsEndAsync(gated);
            await DiesAsync(sprung, $"KILL: {(afterwards ? "sent" : "committed, not sent")}");
            (await platform.Api.EndOfAsync(gated)).Text("outcome").ShouldBe("killed");
        }

        await SettlesAsync();
    }

    [Fact]
    public async Task Scheduler_FrozenForAWhile_AnswersWhatWasDueMeanwhile()
    {
        await StartJobsAsync();
        ProcessTable.Freeze(platform.Scheduler);
        DateTimeOffset thaw = TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(7);
        await Until.TrueAsync(() => TimeProvider.System.GetUtcNow() > thaw, "more than the patience of the master's stream has passed");
        ProcessTable.Thaw(platform.Scheduler);
        await SettlesAsync();
    }

    [Fact]
    public async Task Executor_FrozenAndResumed_RunsEachShardOnce()
    {
        await StartJobsAsync();
        int executor = folder.Lines()[0].Process;
        ProcessTable.Freeze(executor);
        DateTimeOffset thaw = TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(4);
        await Until.TrueAsync(() => TimeProvider.System.GetUtcNow() > thaw, "work piles up");
        ProcessTable.Thaw(executor);
        JsonElement[] ticks = await SettlesAsync();
        ticks.Where(l => l.Text("outcome") is not null).ShouldAllBe(l => l.Text("outcome") == "succeeded");
    }

    [Fact]
    public async Task Connection_HalfOpen_IsNoticedAndReplaced()
    {
        await StartJobsAsync();
        platform.Proxy.Frozen = true;
        await Until.Async(() => platform.Api.GetAsync("api/v1/cluster/status"), s => !s.GetProperty("connected").GetBoolean(), "the silence is noticed");
        platform.Proxy.Frozen = false;
        await SettlesAsync();
    }

    [Fact]
    public async Task MasterAndAgents_RestartedCutOffAndKilled_WhatRunsGoesOn()
    {
        await StartJobsAsync();
        string gated = await platform.TriggerAsync("gated");
        await platform.Api.AtGateAsync(gated);
        await platform.OrderAsync("master/restart?seconds=1");
        await platform.OrderAsync("agents/0/restart?seconds=0.5");
        await platform.OrderAsync("agents/1/restart?seconds=0.5");
        await platform.OrderAsync("agents/0/lose?seconds=1");
        await platform.OrderAsync("agents/1/lose?seconds=1");
        await platform.CrashClusterAsync();
        folder.OpenGate();
        (await platform.Api.EndOfAsync(gated)).Text("outcome").ShouldBe("succeeded");
        folder.Lines().Count(l => l.What == "start" && l.Run == gated).ShouldBe(1, "it was never in doubt for long enough");
        await SettlesAsync();
    }

    /// <summary>Longer than the patience of one job and shorter than that of the other.</summary>
    [Fact]
    public async Task Agent_LostForLong_FailoverRunsElsewhereAndAtMostOnceWaits()
    {
        await StartJobsAsync();
        await platform.ApplyAsync(
            Definitions.Job("again", "class: gated", "policy: { failover: true, unreachableTimeout: 1s }")
            + Definitions.Job("waits", "class: gated", "policy: { failover: false }"));
        string again = await platform.TriggerAsync("again");
        string waits = await platform.TriggerAsync("waits");
        await platform.Api.AtGateAsync(again);
        await platform.Api.AtGateAsync(waits);
        await Task.WhenAll(platform.OrderAsync("agents/0/lose?seconds=4"), platform.OrderAsync("agents/1/lose?seconds=2"));
        await platform.Api.AtGateAsync(again, attempt: 2);
        folder.OpenGate();
        (await platform.Api.EndOfAsync(again)).Text("outcome").ShouldBe("succeeded");
        (await platform.Api.EndOfAsync(waits)).Text("outcome").ShouldBe("succeeded");
        folder.Lines().Count(l => l.What == "start" && l.Run == waits).ShouldBe(1);
        long[] tokens = [.. folder.Lines().Where(l => l.What == "start" && l.Run == again).Select(l => l.Fencing)];
        tokens[^1].ShouldBeGreaterThan(tokens[0], "a later attempt has the larger fencing token");
        await SettlesAsync();
    }

    [Fact]
    public async Task Messages_LostDelayedRepeatedAndReordered_ChangeNothing()
    {
        await StartJobsAsync();
        await platform.OrderAsync("rules", """
            [
              { "fault": "Drop", "leg": "MasterToAgent", "chance": 0.2 },
              { "fault": "Drop", "leg": "AgentToMaster", "chance": 0.2 },
              { "fault": "Drop", "leg": "AgentToExecutor", "message": "Acknowledged", "times": 1 },
              { "fault": "Duplicate", "chance": 0.2 },
              { "fault": "Delay", "chance": 0.3, "pause": "00:00:00.3" },
              { "fault": "Reorder", "chance": 0.2, "pause": "00:00:00.3" }
            ]
            """);
        await Ledger.AnsweredBeyondAsync(platform.Api, "ticks", TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(6));
        await platform.OrderAsync("rules", "[]");
        JsonElement[] ticks = await SettlesAsync();
        ticks.Where(l => l.Text("outcome") is not null).ShouldAllBe(l => l.Text("outcome") == "succeeded");
    }

    private static IEnumerable<(string Point, Predicate<IMessage> At, bool Afterwards)> Points()
    {
        static Predicate<IMessage> Call(Call.Types.Type type) => m => m is Call call && call.Type == type;
        static Predicate<IMessage> Update(TaskState state) => m => m is Event { Update.Status: { } status } && status.State == state;
        yield return ("ACCEPT: committed, not sent", Call(Mesos.V1.Scheduler.Call.Types.Type.Accept), false);
        yield return ("ACCEPT: sent", Call(Mesos.V1.Scheduler.Call.Types.Type.Accept), true);
        yield return ("offers arrive: nothing committed", m => m is Event { Type: Event.Types.Type.Offers }, true);
        yield return ("RUNNING arrives: not committed", Update(TaskState.TaskRunning), false);
        yield return ("FINISHED arrives: not committed", Update(TaskState.TaskFinished), true);
        yield return ("ACKNOWLEDGE: committed, not sent", Call(Mesos.V1.Scheduler.Call.Types.Type.Acknowledge), false);
        yield return ("ACKNOWLEDGE: sent", Call(Mesos.V1.Scheduler.Call.Types.Type.Acknowledge), true);
    }

    /// <summary>Waits until the scheduler came to the point and died of it; another takes its place and answers what is due.</summary>
    private async Task DiesAsync(Task sprung, string point)
    {
        await Task.WhenAny(sprung, Task.Delay(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken));
        sprung.IsCompletedSuccessfully.ShouldBeTrue($"{point}: it never came to it");
        await platform.ReplaceSchedulerAsync();
        DateTimeOffset back = TimeProvider.System.GetUtcNow();
        await Ledger.AnsweredBeyondAsync(platform.Api, "ticks", back);
    }

    /// <summary>The answer comes after the effect, so it may be lost with the scheduler that dies there.</summary>
    private async Task AskForItsEndAsync(string run)
    {
        try
        {
            await platform.Api.PostAsync($"api/v1/runs/{Uri.EscapeDataString(run)}/kill");
        }
        catch (HttpRequestException)
        {
        }
    }

    private async Task StartJobsAsync()
    {
        await platform.ApplyAsync(
            Definitions.App(folder)
            + Definitions.Job("ticks", "class: ok", "schedule: \"* * * * * ?\"\npolicy: { misfire: fireAll, overlap: allow, failover: true }")
            + Definitions.Job("careful", "class: ok", "schedule: \"* * * * * ?\"\npolicy: { misfire: fireAll, overlap: allow, failover: false }")
            + Definitions.Job("gated"));
        await platform.Api.FinishedAsync("ticks", 1);
        await platform.Api.FinishedAsync("careful", 1);
    }

    /// <summary>When the faults are over all comes to rest, and the books agree.</summary>
    private async Task<JsonElement[]> SettlesAsync()
    {
        DateTimeOffset over = TimeProvider.System.GetUtcNow();
        await Ledger.AnsweredBeyondAsync(platform.Api, "ticks", over);
        await Ledger.AnsweredBeyondAsync(platform.Api, "careful", over);
        JsonElement[] ticks = await Account.AgreesAsync(platform.Api, folder, "ticks", over);
        ticks.Where(l => l.Text("outcome") is not null).ShouldAllBe(l => l.Text("outcome") == "succeeded");
        JsonElement[] careful = await Account.AgreesAsync(platform.Api, folder, "careful", over);
        careful.Where(l => l.Text("outcome") is not null).ShouldAllBe(l => l.Text("outcome") == "succeeded" || l.Text("outcome") == "lost");
        Account.NothingTwice(folder, "careful");
        return ticks;
    }
}
