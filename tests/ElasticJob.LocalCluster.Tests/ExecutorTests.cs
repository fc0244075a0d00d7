using System.Net;
using System.Text;
using ElasticJob.Mesos.V1;
using Event = ElasticJob.Mesos.V1.Scheduler.Event;
using TaskStatus = ElasticJob.Mesos.V1.TaskStatus;

namespace ElasticJob.Local.Tests;

public sealed class ExecutorTests
{
    [Fact]
    public async Task Executor_WithSeveralTasks_IsReusedAndListedInOffers()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        Offer offer = await framework.OfferAsync();
        await framework.AcceptAsync(offer, Tasks.Custom(offer, "a"), Tasks.Custom(offer, "b"));
        TaskStatus a = await framework.UpdateAsync("a", TaskState.TaskRunning);
        TaskStatus b = await framework.UpdateAsync("b", TaskState.TaskRunning);
        b.ContainerStatus.ExecutorPid.ShouldBe(a.ContainerStatus.ExecutorPid);
        Offer next = await framework.OfferAsync();
        next.ExecutorIds.ShouldContain(new ExecutorID { Value = "py" });
        next.Resources.Single(resource => resource.Name == "cpus").Scalar.Value.ShouldBe(7.7);
        await framework.AcceptAsync(next, Tasks.Custom(next, "c"));
        (await framework.UpdateAsync("c", TaskState.TaskRunning)).ContainerStatus.ExecutorPid.ShouldBe(a.ContainerStatus.ExecutorPid);
    }

    [Fact]
    public async Task Executor_KilledHard_FailsItsTasksAndIsReported()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        Offer offer = await framework.OfferAsync();
        await framework.AcceptAsync(offer, Tasks.Custom(offer, "a"));
        TaskStatus running = await framework.UpdateAsync("a", TaskState.TaskRunning);
        System.Diagnostics.Process.GetProcessById((int)running.ContainerStatus.ExecutorPid).Kill();
        TaskStatus failed = await framework.UpdateAsync("a", TaskState.TaskFailed);
        failed.Reason.ShouldBe(TaskStatus.Types.Reason.ExecutorTerminated);
        failed.Message.ShouldContain("SIGKILL");
        failed.Message.ShouldContain("out-of-memory");
        Event failure = await framework.NextAsync(Event.Types.Type.Failure);
        failure.Failure.ExecutorId.Value.ShouldBe("py");
        failure.Failure.Status.ShouldBe(9);
    }

    [Fact]
    public async Task Executor_ThatExits_FailsItsTasksWithCode()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        Offer offer = await framework.OfferAsync();
        await framework.AcceptAsync(offer, Tasks.Custom(offer, "a"));
        await framework.UpdateAsync("a", TaskState.TaskRunning);
        await framework.MessageAsync(offer.AgentId, "py", "exit 7");
        (await framework.UpdateAsync("a", TaskState.TaskFailed)).Message.ShouldContain("exited with status 7");
        (await framework.NextAsync(Event.Types.Type.Failure)).Failure.Status.ShouldBe(7 << 8);
    }

    [Fact]
    public async Task Executor_CommandNotFound_SaysSo()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        Offer offer = await framework.OfferAsync();
        await framework.AcceptAsync(offer, Tasks.Custom(offer, "a", command: "./no-such-program"));
        TaskStatus failed = await framework.UpdateAsync("a", TaskState.TaskFailed);
        failed.Message.ShouldContain("not found");
        failed.Message.ShouldContain("no-such-program");
    }

    [Fact]
    public async Task Executor_ThatNeverSubscribes_IsKilled()
    {
        await using TestCluster test = await TestCluster.StartAsync(options => options with { ExecutorRegistrationTimeout = TimeSpan.FromMilliseconds(200) });
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        Offer offer = await framework.OfferAsync();
        await framework.AcceptAsync(offer, Tasks.Custom(offer, "a", command: "exec sleep 1000"));
        TaskStatus failed = await framework.UpdateAsync("a", TaskState.TaskFailed);
        failed.Reason.ShouldBe(TaskStatus.Types.Reason.ExecutorRegistrationTimeout);
    }

    [Fact]
    public async Task Kill_BeforeTheExecutorHasTheTask_IsAnsweredAtOnce()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        Offer offer = await framework.OfferAsync();
        await framework.AcceptAsync(offer, Tasks.Custom(offer, "a", command: "exec sleep 1000"));
        await framework.KillAsync("a");
        (await framework.UpdateAsync("a", TaskState.TaskKilled)).Reason.ShouldBe(TaskStatus.Types.Reason.TaskKilledDuringLaunch);
        (await framework.NextAsync(Event.Types.Type.Failure)).Failure.ExecutorId.Value.ShouldBe("py");
    }

    [Fact]
    public async Task Environment_OfExecutor_HoldsOnlyWhatIsSaid()
    {
        System.Environment.SetEnvironmentVariable("CLUSTER_TEST_SECRET", "do not pass on");
        await using TestCluster test = await TestCluster.StartAsync();
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        Offer offer = await framework.OfferAsync();
        TaskInfo task = Tasks.Command(offer, "t", "env");
        task.Command.Environment = new Mesos.V1.Environment();
        task.Command.Environment.Variables.Add(new Mesos.V1.Environment.Types.Variable { Name = "MINE", Value = "a b'\"$c" });
        await framework.AcceptAsync(offer, task);
        await framework.UpdateAsync("t", TaskState.TaskFinished);
        string[] lines = await File.ReadAllLinesAsync(Sandboxes.File(test, framework, "t", "stdout"), TestContext.Current.CancellationToken);
        lines.ShouldContain("MINE=a b'\"$c");
        string[] passed = ["PATH", "HOME", "LANG", "TZ", "MINE", "PWD", "OLDPWD", "SHLVL", "_"];
        lines.Select(line => line.Split('=')[0]).ShouldAllBe(name => passed.Contains(name) || name.StartsWith("MESOS_"));
    }

    [Fact]
    public async Task Environment_SecretReferences_AreResolvedAtTheStart()
    {
        System.Environment.SetEnvironmentVariable("CLUSTER_TEST_TOKEN", "from the environment");
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "from the file\n", TestContext.Current.CancellationToken);
            await using TestCluster test = await TestCluster.StartAsync();
            await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
            Offer offer = await framework.OfferAsync();
            await framework.AcceptAsync(offer, Referring(offer, "good", "env:CLUSTER_TEST_TOKEN", $"file:{file}"));
            await framework.UpdateAsync("good", TaskState.TaskFinished);
            string[] lines = await File.ReadAllLinesAsync(Sandboxes.File(test, framework, "good", "stdout"), TestContext.Current.CancellationToken);
            lines.ShouldContain("SECRET0=from the environment");
            lines.ShouldContain("SECRET1=from the file");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Environment_SecretThatIsNotThere_FailsTheLaunchAndSaysWhich()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        Offer offer = await framework.OfferAsync();
        await framework.AcceptAsync(offer, Referring(offer, "bad", "file:/does/not/exist"));
        TaskStatus status = await framework.UpdateAsync("bad", TaskState.TaskFailed);
        status.Reason.ShouldBe(TaskStatus.Types.Reason.ContainerLaunchFailed);
        status.Message.ShouldContain("'SECRET0' comes from the file '/does/not/exist'");
    }

    private static TaskInfo Referring(Offer offer, string id, params string[] references)
    {
        TaskInfo task = Tasks.Command(offer, id, "env");
        task.Command.Environment = new Mesos.V1.Environment();
        task.Command.Environment.Variables.AddRange(references.Select((name, i) => new Mesos.V1.Environment.Types.Variable
        {
            Name = $"SECRET{i}",
            Type = Mesos.V1.Environment.Types.Variable.Types.Type.Secret,
            Secret = new Secret { Type = Secret.Types.Type.Reference, Reference = new Secret.Types.Reference { Name = name } },
        }));
        return task;
    }

    [Theory]
    [InlineData("""{"type":"UPDATE"}""", "executor_id")]
    [InlineData("""{"type":"UPDATE","framework_id":{"value":"f"},"executor_id":{"value":"e"}}""", "Framework cannot be found")]
    public async Task ExecutorCall_Bad_IsRefused(string body, string reason)
    {
        await using TestCluster test = await TestCluster.StartAsync();
        using var http = new HttpClient();
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await http.PostAsync(
            new Uri(test.Cluster.AgentAddresses[0], "api/v1/executor"), content, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        string text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        (text.Contains(reason, StringComparison.Ordinal) || text.Contains("required", StringComparison.Ordinal)).ShouldBeTrue(text);
    }
}
