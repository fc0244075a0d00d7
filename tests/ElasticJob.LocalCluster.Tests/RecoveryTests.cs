using System.Diagnostics;
using ElasticJob.Mesos.V1;
using TaskStatus = ElasticJob.Mesos.V1.TaskStatus;

namespace ElasticJob.Local.Tests;

/// <summary>
/// The cluster runs in a process of its own, is killed without warning and started again in the same directory. Alone: nobody else may take its
/// ports while it is away.
/// </summary>
[Collection(nameof(Alone))]
public sealed class RecoveryTests : IAsyncDisposable
{
    private readonly string _directory = TestCluster.NewDirectory();
    private Process? _cluster;

    [Fact]
    public async Task Crash_ExecutorWithCheckpoint_IsAdoptedAndItsUpdatesArrive()
    {
        Uri master = await StartAsync(0);
        TestFramework before = await TestFramework.SubscribeAsync(master);
        Offer offer = await before.OfferAsync();
        await before.AcceptAsync(offer, Tasks.Custom(offer, "a"), Tasks.Custom(offer, "b"), Tasks.Command(offer, "c", "sleep 1000"));
        uint pid = (await before.UpdateAsync("a", TaskState.TaskRunning)).ContainerStatus.ExecutorPid;
        await before.UpdateAsync("b", TaskState.TaskRunning);
        await before.UpdateAsync("c", TaskState.TaskRunning);
        before.Acknowledges = false;
        await before.MessageAsync(offer.AgentId, "py", "finish b");
        TaskStatus unacknowledged = await before.UpdateAsync("b", TaskState.TaskFinished);
        await CrashAsync();
        await before.DisposeAsync();

        master = await StartAsync(master.Port);
        FrameworkInfo info = TestFramework.Info();
        info.Id = before.Id;
        await using TestFramework after = await TestFramework.SubscribeAsync(master, info);
        (await after.UpdateAsync("b", TaskState.TaskFinished)).Uuid.ShouldBe(unacknowledged.Uuid);
        await after.ReconcileAsync("a", "c");
        (await after.UpdateAsync("a")).State.ShouldBe(TaskState.TaskRunning);
        (await after.UpdateAsync("c")).State.ShouldBe(TaskState.TaskRunning);
        await after.KillAsync("a");
        TaskStatus killed = await after.UpdateAsync("a", TaskState.TaskKilled);
        killed.ContainerStatus.ExecutorPid.ShouldBe(pid);
        await after.KillAsync("c");
        await after.UpdateAsync("c", TaskState.TaskKilled);
        await StopAsync();
        await Processes.GoneAsync((int)pid);
    }

    [Fact]
    public async Task Crash_ExecutorDiedMeanwhile_ItsTasksAreGone()
    {
        Uri master = await StartAsync(0);
        TestFramework before = await TestFramework.SubscribeAsync(master);
        Offer offer = await before.OfferAsync();
        await before.AcceptAsync(offer, Tasks.Custom(offer, "a"));
        uint pid = (await before.UpdateAsync("a", TaskState.TaskRunning)).ContainerStatus.ExecutorPid;
        await CrashAsync();
        await before.DisposeAsync();
        Process.GetProcessById((int)pid).Kill();
        await Processes.GoneAsync((int)pid);

        master = await StartAsync(master.Port);
        FrameworkInfo info = TestFramework.Info();
        info.Id = before.Id;
        await using TestFramework after = await TestFramework.SubscribeAsync(master, info);
        TaskStatus gone = await after.UpdateAsync("a", TaskState.TaskGone);
        gone.Reason.ShouldBe(TaskStatus.Types.Reason.AgentRestarted);
    }

    [Fact]
    public async Task Crash_FrameworkWithoutCheckpoint_LeavesNoProcess()
    {
        Uri master = await StartAsync(0);
        FrameworkInfo info = TestFramework.Info();
        info.Checkpoint = false;
        TestFramework before = await TestFramework.SubscribeAsync(master, info);
        Offer offer = await before.OfferAsync();
        await before.AcceptAsync(offer, Tasks.Command(offer, "c", "sleep 1000"));
        uint pid = 0;
        await before.UpdateAsync("c", TaskState.TaskRunning);
        foreach (string journal in Directory.EnumerateFiles(Path.Combine(_directory, "work"), "*.journal", SearchOption.AllDirectories))
        {
            byte[] identity = Checkpoints.RecordFile.Read(journal).Single(record => record.Kind == Checkpoints.ExecutorJournal.Process).Record;
            pid = uint.Parse(System.Text.Encoding.UTF8.GetString(identity).Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        }

        await CrashAsync();
        await before.DisposeAsync();
        pid.ShouldNotBe(0u);
        master = await StartAsync(master.Port);
        await Processes.GoneAsync((int)pid);
        info.Id = before.Id;
        await using TestFramework after = await TestFramework.SubscribeAsync(master, info);
        await after.UpdateAsync("c", TaskState.TaskGone);
    }

    [Fact]
    public async Task Start_WorkDirectoryInUse_IsRefused()
    {
        LocalClusterOptions options = TestCluster.Options(_directory);
        await using LocalCluster first = await LocalCluster.StartAsync(options, TestContext.Current.CancellationToken);
        IOException fault = await Should.ThrowAsync<IOException>(() => LocalCluster.StartAsync(options, TestContext.Current.CancellationToken));
        fault.Message.ShouldContain("in use by another cluster");
    }

    [Fact]
    public async Task Start_PortTaken_SaysWhich()
    {
        await using LocalCluster first = await LocalCluster.StartAsync(TestCluster.Options(_directory), TestContext.Current.CancellationToken);
        LocalClusterOptions second = TestCluster.Options(_directory) with
        {
            WorkDirectory = Path.Combine(_directory, "second"),
            MasterPort = first.MasterAddress.Port,
        };
        IOException fault = await Should.ThrowAsync<IOException>(() => LocalCluster.StartAsync(second, TestContext.Current.CancellationToken));
        fault.Message.ShouldContain(first.MasterAddress.Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is { HasExited: false })
        {
            await StopAsync();
        }

        LocalCluster.KillLeftovers(Path.Combine(_directory, "work"));
        Directory.Delete(_directory, recursive: true);
    }

    private async Task<Uri> StartAsync(int port)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "ElasticJob.LocalCluster.Tests"))
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        start.ArgumentList.Add("cluster");
        start.ArgumentList.Add(Path.Combine(_directory, "work"));
        start.ArgumentList.Add(port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        _cluster = Process.Start(start).ShouldNotBeNull();
        string? address = await _cluster.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().Within();
        return new Uri(address.ShouldNotBeNull());
    }

    private async Task CrashAsync()
    {
        _cluster!.Kill();
        await _cluster.WaitForExitAsync(TestContext.Current.CancellationToken).Within();
    }

    private async Task StopAsync()
    {
        _cluster!.StandardInput.Close();
        await _cluster.WaitForExitAsync(TestContext.Current.CancellationToken).Within();
    }
}

/// <summary>Tests that run when no others do.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
