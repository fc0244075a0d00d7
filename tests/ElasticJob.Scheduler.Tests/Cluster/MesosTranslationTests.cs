using ElasticJob.Mesos.V1;
using ElasticJob.Protocol;
using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduler.Cluster;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Definitions;
using Google.Protobuf;
using MesosStatus = ElasticJob.Mesos.V1.TaskStatus;
using MesosTaskState = ElasticJob.Mesos.V1.TaskState;

namespace ElasticJob.Scheduler.Tests.Cluster;

public sealed class MesosTranslationTests
{
    private static readonly MesosDriverOptions Options = new()
    {
        Connection = new Mesos.SchedulerApi.SchedulerConnectionOptions { Masters = [new Uri("http://127.0.0.1:5050")] },
        RunnerCommand = "runner",
    };

    [Fact]
    public void ToCore_EveryStateOfMesos_HasItsOwnMeaning() =>
        Enum.GetValues<MesosTaskState>().Select(s => MesosTranslation.ToCore(Status(s)).State).ShouldBeUnique();

    [Theory]
    [InlineData("10.0.0.5", "10.0.0.5:5051")]
    [InlineData("fd00::5", "[fd00::5]:5051")]
    [InlineData("", "host:5051")]
    public void ToCore_AddressOfTheAgent_CanBeCalled(string ip, string address)
    {
        var offer = new Mesos.V1.Offer
        {
            Id = new OfferID { Value = "o" },
            AgentId = new AgentID { Value = "a" },
            Hostname = "host",
            Url = new URL { Scheme = "http", Address = new Address { Hostname = "host", Ip = ip, Port = 5051 } },
        };
        MesosTranslation.ToCore(offer).Address.ShouldBe(address);
    }

    [Fact]
    public void ToCore_Reason_KeepsItsNameOnTheWire()
    {
        MesosStatus status = Status(MesosTaskState.TaskFailed);
        status.Reason = MesosStatus.Types.Reason.ExecutorTerminated;
        MesosTranslation.ToCore(status).Reason.ShouldBe("REASON_EXECUTOR_TERMINATED");
    }

    [Fact]
    public void ToCore_WithoutUuid_MustNotBeAcknowledged()
    {
        MesosTranslation.ToCore(Status(MesosTaskState.TaskLost)).Uuid.ShouldBeNull();
        MesosStatus status = Status(MesosTaskState.TaskLost);
        status.Uuid = ByteString.CopyFrom(new byte[16]);
        MesosTranslation.ToCore(status).Uuid.ShouldNotBeNull();
    }

    [Fact]
    public void ToCore_DataThatIsNoReport_TheStateStillCounts()
    {
        MesosStatus status = Status(MesosTaskState.TaskRunning);
        status.Data = ByteString.CopyFromUtf8("not json");
        MesosTranslation.ToCore(status).ShouldSatisfyAllConditions(u => u.Report.ShouldBeNull(), u => u.State.ShouldBe(Scheduling.Cluster.TaskState.Running));
    }

    [Fact]
    public void ToMesos_Secrets_TravelAsReferencesOnly()
    {
        AppDefinition app = new()
        {
            Name = new AppName("a"),
            Environment = new() { ["PLAIN"] = new EnvironmentValue { Value = "v" }, ["FILE"] = new EnvironmentValue { FromFile = "/run/secret" }, ["ENV"] = new EnvironmentValue { FromEnv = "SECRET" } },
        };
        ExecutorInfo info = MesosTranslation.ToMesos(new ExecutorSpec("a.1", app), new FrameworkID { Value = "f" }, [], Options);
        info.Command.Value.ShouldBe("runner", "an app without a command gets the platform's executor");
        info.Command.Environment.Variables.Select(v => (v.Name, v.Value, v.Secret?.Reference.Name)).ShouldBe(
            [("ENV", "", "env:SECRET"), ("FILE", "", "file:/run/secret"), ("PLAIN", "v", null)]);
    }

    [Fact]
    public void ToMesos_Task_CarriesTheOrderAndTheGracePeriod()
    {
        var order = new TaskOrder { Job = "j", Run = "r", Task = "r_0_1", Work = new ClassWork("j"), ShardCount = 4 };
        var executor = new ExecutorInfo { ExecutorId = new ExecutorID { Value = "a.1" } };
        TaskInfo task = MesosTranslation.ToMesos(
            new TaskLaunch("r_0_1", Resources.Of(1, 1), new ExecutorSpec("a.1", new AppDefinition { Name = new AppName("a") }), order, TimeSpan.FromSeconds(7)), "agent", executor, []);
        ProtocolJson.ReadOrder(task.Data.Span).Run.ShouldBe("r");
        (task.Name, task.KillPolicy.GracePeriod.Nanoseconds).ShouldBe(("j 0/4", 7_000_000_000));
    }

    private static MesosStatus Status(MesosTaskState state) => new() { TaskId = new TaskID { Value = "t" }, State = state, AgentId = new AgentID { Value = "a" } };
}
