using System.Diagnostics;
using ElasticJob.Mesos.V1;
using Event = ElasticJob.Mesos.V1.Scheduler.Event;
using TaskStatus = ElasticJob.Mesos.V1.TaskStatus;

namespace ElasticJob.Local.Tests;

public sealed class TaskTests
{
    [Fact]
    public async Task Command_ThatEnds_GoesThroughItsStates()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        Offer offer = await framework.OfferAsync();
        await framework.AcceptAsync(offer, Tasks.Command(offer, "good", "exit 0"), Tasks.Command(offer, "bad", "echo oh no >&2; exit 3"));
        foreach (TaskState state in (TaskState[])[TaskState.TaskStarting, TaskState.TaskRunning, TaskState.TaskFinished])
        {
            (await framework.UpdateAsync("good")).State.ShouldBe(state);
        }

        TaskStatus failed = await framework.UpdateAsync("bad", TaskState.TaskFailed);
        failed.Message.ShouldContain("exited with status 3");
        failed.Message.ShouldContain("oh no");
        failed.Reason.ShouldBe(TaskStatus.Types.Reason.CommandExecutorFailed);
        await MasterState.UntilAsync(test, """{"type":"GET_AGENTS"}""", text => !text.Contains("allocated_resources", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Kill_Command_EndsItsWholeProcessGroup()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        Offer offer = await framework.OfferAsync();
        string pids = Path.Combine(test.Directory, "pids");
        await framework.AcceptAsync(offer, Tasks.Command(offer, "t", $"sleep 1000 & echo $! >>{pids}.new; setsid sleep 1000 & echo $! >>{pids}.new; mv {pids}.new {pids}; wait"));
        await framework.UpdateAsync("t", TaskState.TaskRunning);
        await Patience.UntilAsync(() => Task.FromResult(File.Exists(pids)), "the children of the command");
        string[] children = await File.ReadAllLinesAsync(pids, TestContext.Current.CancellationToken);
        await framework.KillAsync("t");
        await framework.UpdateAsync("t", TaskState.TaskKilling);
        (await framework.UpdateAsync("t", TaskState.TaskKilled)).Message.ShouldContain("SIGTERM");
        foreach (string child in children)
        {
            await Processes.GoneAsync(int.Parse(child, System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    /// <summary>At any moment one of its children is between fork and exec, where it shows neither its parent's environment nor its own.</summary>
    [Fact]
    public async Task Kill_CommandThatKeepsStartingSessions_LeavesNoneOfThem()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        Offer offer = await framework.OfferAsync();
        string[] tasks = [.. Enumerable.Range(0, 6).Select(n => $"t{n}")];
        await framework.AcceptAsync(offer, [.. tasks.Select(task => Tasks.Command(offer, task, "for i in 1 2 3 4 5 6 7 8 9; do setsid sleep 1000 & done; wait"))]);
        foreach (string task in tasks)
        {
            await framework.UpdateAsync(task, TaskState.TaskRunning);
            await framework.KillAsync(task);
        }

        foreach (string task in tasks)
        {
            await framework.UpdateAsync(task, TaskState.TaskKilled);
        }

        await Patience.UntilAsync(
            () => Task.FromResult(Processes.Of(test.Directory).Count == 0), "the end of every process of the killed tasks", () => $"{Processes.Of(test.Directory).Count} are left");
    }

    [Fact]
    public async Task Kill_UnknownTask_IsAnsweredLikeReconciliation()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        await framework.KillAsync("nobody");
        TaskStatus status = await framework.UpdateAsync("nobody");
        status.State.ShouldBe(TaskState.TaskUnknown);
        status.HasUuid.ShouldBeFalse();
    }

    [Fact]
    public async Task Launch_WithUsedOffer_IsDropped()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        Offer offer = await framework.OfferAsync();
        await framework.DeclineAsync(offer, 3600);
        await framework.AcceptAsync(offer, Tasks.Command(offer, "late", "true"));
        TaskStatus status = await framework.UpdateAsync("late");
        status.State.ShouldBe(TaskState.TaskDropped);
        status.Reason.ShouldBe(TaskStatus.Types.Reason.InvalidOffers);
    }

    [Fact]
    public async Task Launch_InvalidTasks_AreErrorsWithReason()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        Offer offer = await framework.OfferAsync();
        TaskInfo both = Tasks.Custom(offer, "both");
        both.Command = new CommandInfo { Value = "true" };
        TaskInfo neither = Tasks.Command(offer, "neither", "true");
        neither.Command = null;
        TaskInfo elsewhere = Tasks.Command(offer, "elsewhere", "true");
        elsewhere.AgentId = new AgentID { Value = "other" };
        TaskInfo image = Tasks.Command(offer, "image", "true");
        image.Container = new ContainerInfo { Type = ContainerInfo.Types.Type.Docker, Docker = new ContainerInfo.Types.DockerInfo { Image = "x" } };
        TaskInfo changed = Tasks.Custom(offer, "changed", command: "sleep 1000");
        await framework.AcceptAsync(
            offer,
            Tasks.Command(offer, "a/b", "true"),
            Tasks.Command(offer, "big", "true", 9),
            Tasks.Command(offer, "twice", "sleep 1000"),
            Tasks.Command(offer, "twice", "sleep 1000"),
            both,
            neither,
            elsewhere,
            image,
            Tasks.Custom(offer, "first"),
            changed);
        foreach ((string task, string why) in ((string, string)[])
            [
                ("a/b", "invalid characters"), ("big", "more than available"), ("twice", "duplicate ID"), ("both", "not both"), ("neither", "at least one"),
                ("elsewhere", "invalid agent"), ("image", "container"), ("changed", "not compatible"),
            ])
        {
            TaskStatus status = await framework.UpdateAsync(task, TaskState.TaskError);
            status.Message.ShouldContain(why);
            status.Reason.ShouldBe(TaskStatus.Types.Reason.TaskInvalid);
        }
    }

    [Fact]
    public async Task Update_NotAcknowledged_IsSentAgainAndBlocksTheNext()
    {
        await using TestCluster test = await TestCluster.StartAsync(options => options with { UpdateRetryInterval = TimeSpan.FromMilliseconds(50) });
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        framework.Acknowledges = false;
        Offer offer = await framework.OfferAsync();
        await framework.AcceptAsync(offer, Tasks.Command(offer, "t", "true"));
        TaskStatus first = await framework.UpdateAsync("t");
        TaskStatus again = await framework.UpdateAsync("t");
        again.ShouldBe(first);
        first.State.ShouldBe(TaskState.TaskStarting);
        await framework.AcknowledgeAsync(first);
        framework.Acknowledges = true;
        await framework.UpdateAsync("t", TaskState.TaskFinished);
    }

    [Fact]
    public async Task Reconcile_KnownAndUnknown_AnswersWithoutUuid()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        Offer offer = await framework.OfferAsync();
        await framework.AcceptAsync(offer, Tasks.Command(offer, "t", "sleep 1000"));
        await framework.UpdateAsync("t", TaskState.TaskRunning);
        await framework.UpdateAsync("t", TaskState.TaskStarting);
        await framework.ReconcileAsync("t", "nobody");
        TaskStatus known = await framework.UpdateAsync("t");
        known.State.ShouldBe(TaskState.TaskRunning);
        known.HasUuid.ShouldBeFalse();
        known.Reason.ShouldBe(TaskStatus.Types.Reason.Reconciliation);
        (await framework.UpdateAsync("nobody")).State.ShouldBe(TaskState.TaskUnknown);
        await framework.ReconcileAsync();
        (await framework.UpdateAsync("t")).Reason.ShouldBe(TaskStatus.Types.Reason.Reconciliation);
    }

    [Fact]
    public async Task Offers_DeclinedThenRevived_ComeBackAtOnce()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        await framework.DeclineAsync(await framework.OfferAsync(), 3600);
        await framework.CallAsync(new SchedulerCallBuilder(framework.Id).Suppress());
        await framework.CallAsync(new SchedulerCallBuilder(framework.Id).Revive());
        await framework.OfferAsync();
    }

    [Fact]
    public async Task Offers_TwoFrameworks_GoToTheOneWithLess()
    {
        await using TestCluster test = await TestCluster.StartAsync(options => options with { AgentCount = 2 });
        await using TestFramework rich = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress, TestFramework.Info("rich", "a"));
        Offer one = await rich.OfferAsync();
        await rich.AcceptAsync(one, Tasks.Command(one, "t", "sleep 1000", 8));
        await rich.UpdateAsync("t", TaskState.TaskRunning);
        await using TestFramework poor = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress, TestFramework.Info("poor", "b"));
        await rich.CallAsync(new SchedulerCallBuilder(rich.Id).Suppress());
        await rich.KillAsync("t");
        Offer freed = (await poor.NextAsync(
            Event.Types.Type.Offers,
            offers => offers.Offers.Offers_.Any(offer => offer.AgentId.Equals(one.AgentId) && offer.Resources.Any(resource => resource.Name == "cpus")))).Offers.Offers_[0];
        freed.FrameworkId.ShouldBe(poor.Id);
    }

    [Fact]
    public async Task Offer_NotAnsweredInTime_IsRescinded()
    {
        await using TestCluster test = await TestCluster.StartAsync(options => options with { OfferTimeout = TimeSpan.FromMilliseconds(20) });
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        Offer offer = await framework.OfferAsync();
        (await framework.NextAsync(Event.Types.Type.Rescind)).Rescind.OfferId.ShouldBe(offer.Id);
    }

    [Fact]
    public async Task PythonFramework_WrittenFromTheProtocolAlone_Works()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        var start = new ProcessStartInfo("python3") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "framework.py"));
        start.ArgumentList.Add(test.Cluster.MasterAddress.ToString());
        using Process python = Process.Start(start).ShouldNotBeNull();
        try
        {
            Task<string> errors = python.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            string output = await python.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).Within();
            output.Trim().ShouldBe("ok", await errors.Within());
        }
        finally
        {
            python.Kill();
        }
    }
}
