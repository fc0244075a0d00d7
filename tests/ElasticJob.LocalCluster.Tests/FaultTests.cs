using ElasticJob.Local.Faults;
using ElasticJob.Local.Messaging;
using ElasticJob.Mesos.V1;
using Event = ElasticJob.Mesos.V1.Scheduler.Event;
using TaskStatus = ElasticJob.Mesos.V1.TaskStatus;

namespace ElasticJob.Local.Tests;

/// <summary>What the cluster does when its own parts lose each other: nothing runs twice, nothing is forgotten. Alone: nobody else may take the ports of what is away.</summary>
[Collection(nameof(Alone))]
public sealed class FaultTests
{
    [Theory]
    [InlineData(MessageFault.Drop, MessageLeg.MasterToAgent)]
    [InlineData(MessageFault.Drop, MessageLeg.AgentToMaster)]
    [InlineData(MessageFault.Delay, null)]
    [InlineData(MessageFault.Duplicate, null)]
    [InlineData(MessageFault.Reorder, null)]
    public async Task Messages_Harmed_EachTaskStillRunsOnceAndItsEndIsTold(MessageFault fault, MessageLeg? leg)
    {
        var gate = new FaultInjector(TimeProvider.System);
        gate.Set([new FaultRule(fault, leg, Chance: 0.3, Pause: TimeSpan.FromMilliseconds(200))]);
        await using TestCluster test = await TestCluster.StartAsync(options => options with { Gate = gate });
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        Offer offer = await framework.OfferAsync();
        string lines = Path.Combine(test.Directory, "lines");
        string[] tasks = [.. Enumerable.Range(0, 10).Select(n => $"t{n}")];
        await framework.AcceptAsync(offer, [.. tasks.Select(task => Tasks.Command(offer, task, $"echo {task} >>{lines}"))]);
        foreach (string task in tasks)
        {
            await framework.UpdateAsync(task, TaskState.TaskFinished);
        }

        (await File.ReadAllLinesAsync(lines, TestContext.Current.CancellationToken)).Order().ShouldBe(tasks.Order());
    }

    [Fact]
    public async Task MasterRestarts_TasksGoOnAndItHearsOfThemAgain()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        TestFramework before = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        Offer offer = await before.OfferAsync();
        string open = Path.Combine(test.Directory, "open");
        await before.AcceptAsync(offer, Tasks.Command(offer, "t", $"until test -e {open}; do sleep 0.05; done"));
        await before.UpdateAsync("t", TaskState.TaskRunning);
        await test.Cluster.RestartMasterAsync(TimeSpan.Zero, TestContext.Current.CancellationToken).Within();
        await before.DisposeAsync();

        FrameworkInfo info = TestFramework.Info();
        info.Id = before.Id;
        await using TestFramework after = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress, info);
        await MasterState.UntilAsync(test, """{"type":"GET_TASKS"}""", text => text.Contains("TASK_RUNNING", StringComparison.Ordinal));
        await after.ReconcileAsync("t");
        (await after.UpdateAsync("t")).State.ShouldBe(TaskState.TaskRunning);
        await File.WriteAllTextAsync(open, "", TestContext.Current.CancellationToken);
        await after.UpdateAsync("t", TaskState.TaskFinished);
    }

    [Fact]
    public async Task AgentRestarts_ItsExecutorsAreAdopted()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        Offer offer = await framework.OfferAsync();
        await framework.AcceptAsync(offer, Tasks.Custom(offer, "a"));
        uint pid = (await framework.UpdateAsync("a", TaskState.TaskRunning)).ContainerStatus.ExecutorPid;
        await test.Cluster.RestartAgentAsync(0, TimeSpan.Zero, TestContext.Current.CancellationToken).Within();
        (await framework.UpdateAsync("a", TaskState.TaskUnreachable)).HasUuid.ShouldBeFalse();
        await framework.KillAsync("a");
        (await framework.UpdateAsync("a", TaskState.TaskKilled)).ContainerStatus.ExecutorPid.ShouldBe(pid);
    }

    [Fact]
    public async Task Kill_WhileTheAgentIsAway_IsCarriedOutWhenItIsBack()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        Offer offer = await framework.OfferAsync();
        await framework.AcceptAsync(offer, Tasks.Custom(offer, "custom"), Tasks.Command(offer, "command", "sleep 1000"));
        await framework.UpdateAsync("custom", TaskState.TaskRunning);
        await framework.UpdateAsync("command", TaskState.TaskRunning);
        await test.Cluster.StopAgentAsync(0, endExecutors: false).Within();
        await framework.UpdateAsync("custom", TaskState.TaskUnreachable);
        await framework.KillAsync("custom");
        await framework.KillAsync("command");
        await test.Cluster.StartAgentAsync(0, TestContext.Current.CancellationToken).Within();
        await framework.UpdateAsync("custom", TaskState.TaskKilled);
        await framework.UpdateAsync("command", TaskState.TaskKilled);
    }

    /// <summary>As in Mesos: it has told that the task is unreachable, and says nothing more until it is asked by name.</summary>
    [Fact]
    public async Task Agent_BackFromUnreachableWithoutATask_TellsOnlyWhoAsksByName()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        Offer offer = await framework.OfferAsync();
        await framework.AcceptAsync(offer, Tasks.Custom(offer, "a"));
        await framework.UpdateAsync("a", TaskState.TaskRunning);
        await test.Cluster.StopAgentAsync(0, endExecutors: false).Within();
        TimeInfo since = (await framework.UpdateAsync("a", TaskState.TaskUnreachable)).UnreachableTime.ShouldNotBeNull();
        (await framework.NextAsync(Event.Types.Type.Failure)).Failure.ExecutorId.ShouldBeNull("it tells of the agent, not of what is on it");
        await framework.ReconcileAsync();
        await framework.ReconcileAsync(offer.AgentId, "never there");
        TaskStatus never = await framework.UpdateAsync("never there");
        (never.State, never.UnreachableTime).ShouldBe((TaskState.TaskUnreachable, since));
        await framework.ReconcileAsync("a");
        TaskStatus away = await framework.UpdateAsync("a");
        (away.State, away.Reason, away.UnreachableTime).ShouldBe((TaskState.TaskUnreachable, TaskStatus.Types.Reason.Reconciliation, since));
        foreach (string journal in Directory.EnumerateFiles(Path.Combine(test.Directory, "work"), "*.journal", SearchOption.AllDirectories).ToList())
        {
            File.Delete(journal);
        }

        await test.Cluster.StartAgentAsync(0, TestContext.Current.CancellationToken).Within();
        await framework.ReconcileAsync();
        await framework.ReconcileAsync("a");
        TaskStatus unknown = await framework.UpdateAsync("a");
        (unknown.State, unknown.Reason).ShouldBe((TaskState.TaskUnknown, TaskStatus.Types.Reason.Reconciliation), "nobody said before where it was");
        await framework.ReconcileAsync(offer.AgentId, "a");
        TaskStatus gone = await framework.UpdateAsync("a");
        (gone.State, gone.Reason, gone.UnreachableTime).ShouldBe((TaskState.TaskGone, TaskStatus.Types.Reason.Reconciliation, null));
        framework.HasSeen(Event.Types.Type.Failure).ShouldBeFalse();
    }

    [Fact]
    public async Task AgentRestarted_IsRegisteredWhenTheOrderIsDone()
    {
        var gate = new FaultInjector(TimeProvider.System);
        await using TestCluster test = await TestCluster.StartAsync(options => options with { Gate = gate });
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        for (int round = 0; round < 20; round++)
        {
            await test.Cluster.RestartAgentAsync(0, TimeSpan.Zero, TestContext.Current.CancellationToken).Within();
            string agents = await MasterState.AskAsync(test, """{"type":"GET_AGENTS"}""");
            agents.ShouldContain("\"active\":true");
        }
    }

    [Fact]
    public async Task Agent_CutOffFromTheMaster_ItsTasksGoOnAndTheirEndsAreToldWhenItIsBack()
    {
        var gate = new FaultInjector(TimeProvider.System);
        await using TestCluster test = await TestCluster.StartAsync(options => options with { Gate = gate });
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        Offer offer = await framework.OfferAsync();
        string open = Path.Combine(test.Directory, "open");
        string done = Path.Combine(test.Directory, "done");
        await framework.AcceptAsync(offer, Tasks.Command(offer, "t", $"until test -e {open}; do sleep 0.05; done; touch {done}"));
        await framework.UpdateAsync("t", TaskState.TaskRunning);
        Task lost = test.Cluster.LoseAgentAsync(0, TimeSpan.FromSeconds(2), gate, TestContext.Current.CancellationToken);
        (await framework.UpdateAsync("t", TaskState.TaskUnreachable)).UnreachableTime.ShouldNotBeNull();
        await File.WriteAllTextAsync(open, "", TestContext.Current.CancellationToken);
        await lost.Within();
        File.Exists(done).ShouldBeTrue("it went on while nobody could see it");
        TaskStatus end = await framework.UpdateAsync("t", TaskState.TaskFinished);
        end.HasUuid.ShouldBeTrue();
    }

    [Fact]
    public async Task Orders_OverHttp_AreCarriedOut()
    {
        await using TestCluster test = await TestCluster.StartAsync(options => options with { FaultPort = 0 });
        using var http = new HttpClient { BaseAddress = test.Cluster.FaultAddress };
        async Task<int> PostAsync(string path, string body = "") =>
            (int)(await http.PostAsync(path, new StringContent(body), TestContext.Current.CancellationToken)).StatusCode;
        (await PostAsync("rules", """[{"fault":"Drop","leg":"MasterToAgent","message":"RunTask","times":1}]""")).ShouldBe(200);
        (await PostAsync("agents/0/restart")).ShouldBe(200);
        (await PostAsync("agents/0/lose?seconds=0.1")).ShouldBe(200);
        (await PostAsync("master/restart")).ShouldBe(200);
        (await PostAsync("agents/7/restart")).ShouldBe(404);
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        Offer offer = await framework.OfferAsync();
        await framework.AcceptAsync(offer, Tasks.Command(offer, "t", "true"));
        await framework.UpdateAsync("t", TaskState.TaskFinished);
    }

    [Fact]
    public async Task Orders_NotAskedFor_AreTakenNowhere()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        test.Cluster.FaultAddress.ShouldBeNull();
    }
}
