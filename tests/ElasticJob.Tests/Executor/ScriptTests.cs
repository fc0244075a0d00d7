using System.Globalization;
using System.Text.Json;
using ElasticJob.Mesos.V1;
using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Reports;
using TaskStatus = ElasticJob.Mesos.V1.TaskStatus;

namespace ElasticJob.Tests.Executor;

public sealed class ScriptTests
{
    [Fact]
    public async Task Pitfall3_HostileParameters_ReachTheScriptAsDataOnly()
    {
        const string hostile = "'; touch pwned; \"$(touch pwned)\" `touch pwned` \\ \n ü {\"a\":1}";
        await using ExecutorFixture executor = await ExecutorFixture.StartAsync(_ => { });
        var script = new ScriptWork
        {
            Command = "printf '%s' \"$ELASTICJOB_JOB_PARAMETER\" > seen; cp \"$ELASTICJOB_CONTEXT_FILE\" copied; "
                + "stat -c %a \"$ELASTICJOB_CONTEXT_FILE\"; env | grep -c ^MESOS_",
        };
        executor.Agent.Launch(ExecutorFixture.Order("t1", script, 1, 3) with { JobParameter = hostile, ShardParameter = hostile });
        await executor.Agent.EndOfAsync("t1", executor.Patience);

        File.Exists(Path.Combine(executor.Sandbox, "pwned")).ShouldBeFalse();
        (await File.ReadAllTextAsync(Path.Combine(executor.Sandbox, "seen"), executor.Patience)).ShouldBe(hostile);
        using JsonDocument context = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(executor.Sandbox, "copied"), executor.Patience));
        context.RootElement.GetProperty("shardParameter").GetString().ShouldBe(hostile);
        context.RootElement.GetProperty("shard").GetInt32().ShouldBe(1);
        context.RootElement.GetProperty("shardCount").GetInt32().ShouldBe(3);
        executor.Log("t1").ShouldStartWith("600\n0\n");
    }

    [Fact]
    public async Task Run_ArgumentsInputAndEnvironment_ReachTheProgramAsTheyAre()
    {
        await using ExecutorFixture executor = await ExecutorFixture.StartAsync(_ => { });
        var script = new ScriptWork
        {
            Command = "/bin/sh",
            Arguments = ["-c", "cat; echo \"$0|$1|$WORD|$ELASTICJOB_SHARD|$ELASTICJOB_TRIGGER\"", "a b", "$(c)"],
            StandardInput = "from input\n",
            Environment = new Dictionary<string, string> { ["WORD"] = "x y" },
        };
        executor.Agent.Launch(ExecutorFixture.Order("t1", script));
        (await executor.Agent.EndOfAsync("t1", executor.Patience)).State.ShouldBe(TaskState.TaskFinished);
        executor.Log("t1").ShouldBe("from input\na b|$(c)|x y|0|cron\n");
    }

    [Fact]
    public async Task Pitfall18And23_ScriptFails_SaysHow()
    {
        await using ExecutorFixture executor = await ExecutorFixture.StartAsync(_ => { });
        executor.Agent.Launch(ExecutorFixture.Order("code", new ScriptWork { Command = "echo on its way out >&2; exit 3" }));
        executor.Agent.Launch(ExecutorFixture.Order("signal", new ScriptWork { Command = "kill -9 $$" }));
        executor.Agent.Launch(ExecutorFixture.Order("missing", new ScriptWork { Command = "no-such-program", Arguments = [] }));
        executor.Agent.Launch(ExecutorFixture.Order("nowhere", new ScriptWork { Command = "true", WorkingDirectory = "/no/such" }));

        TaskReport code = await FailureOfAsync("code");
        code.Failure!.ShouldSatisfyAllConditions(f => f.Kind.ShouldBe(FailureKind.ExitCode), f => f.ExitCode.ShouldBe(3));
        code.LastLines!.ShouldContain("on its way out");
        (await FailureOfAsync("signal")).Failure!.ShouldSatisfyAllConditions(
            f => f.Kind.ShouldBe(FailureKind.Signal), f => f.Signal.ShouldBe("SIGKILL"));
        (await FailureOfAsync("missing")).Failure!.ShouldSatisfyAllConditions(
            f => f.Kind.ShouldBe(FailureKind.CannotStart), f => f.Message.ShouldContain("no-such-program"));
        (await FailureOfAsync("nowhere")).Failure!.Message.ShouldContain("/no/such");

        async Task<TaskReport> FailureOfAsync(string id)
        {
            TaskStatus end = await executor.Agent.EndOfAsync(id, executor.Patience);
            end.State.ShouldBe(TaskState.TaskFailed);
            return FakeAgent.Report(end);
        }
    }

    [Fact]
    public async Task Pitfall14_KilledScript_TakesItsWholeProcessGroupWithIt()
    {
        await using ExecutorFixture executor = await ExecutorFixture.StartAsync(_ => { });
        var script = new ScriptWork
        {
            Command = "trap '' TERM; (trap '' TERM; while :; do sleep 0.05; done) & echo $! > child.tmp; mv child.tmp child; wait; wait",
        };
        executor.Agent.Launch(ExecutorFixture.Order("t1", script), TimeSpan.FromMilliseconds(300));
        string file = Path.Combine(executor.Sandbox, "child");
        while (!File.Exists(file))
        {
            executor.Patience.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        int child = int.Parse(await File.ReadAllTextAsync(file, executor.Patience), CultureInfo.InvariantCulture);
        executor.Agent.Kill("t1");
        (await executor.Agent.EndOfAsync("t1", executor.Patience)).State.ShouldBe(TaskState.TaskKilled);
        while (IsRunning(child))
        {
            executor.Patience.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        executor.Log("t1").ShouldContain("SIGKILL");
    }

    [Fact]
    public async Task Run_CommandLeavesAChildBehind_IsNotHeldUpByIt()
    {
        await using ExecutorFixture executor = await ExecutorFixture.StartAsync(_ => { });
        executor.Agent.Launch(ExecutorFixture.Order("t1", new ScriptWork { Command = "sleep 600 & echo $! ; exit 0" }));
        (await executor.Agent.EndOfAsync("t1", executor.Patience)).State.ShouldBe(TaskState.TaskFinished);
        string log = executor.Log("t1");
        log.ShouldContain("left a process behind");
        using var left = System.Diagnostics.Process.GetProcessById(int.Parse(log.Split('\n')[0], CultureInfo.InvariantCulture));
        left.Kill();
    }

    private static bool IsRunning(int pid)
    {
        try
        {
            return !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
