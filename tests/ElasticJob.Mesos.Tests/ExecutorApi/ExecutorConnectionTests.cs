using ElasticJob.Mesos.ExecutorApi;
using ElasticJob.Mesos.Http;
using ElasticJob.Mesos.V1;
using ElasticJob.Mesos.V1.Executor;
using Google.Protobuf;
using TaskStatus = ElasticJob.Mesos.V1.TaskStatus;

namespace ElasticJob.Mesos.Tests.ExecutorApi;

public sealed class ExecutorConnectionTests
{
    [Fact]
    public async Task SubscribeAsync_ThenSend_NamesExecutorAndToken()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await using MesosServer agent = await MesosServer.StartAsync(async (context, body) =>
        {
            if (Call.Parser.ParseFrom(body).Type == Call.Types.Type.Subscribe)
            {
                await MesosServer.WriteAsync(context, new Event { Type = Event.Types.Type.Shutdown });
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted)
                    .ContinueWith(_ => { }, TaskScheduler.Default);
            }

            context.Response.StatusCode = 202;
        });
        using HttpMessageInvoker http = MesosTransport.Create();
        ExecutorEnvironment environment = ExecutorEnvironment.Read(Variables(agent.Address.Authority));
        var connection = new ExecutorConnection(environment, http, TimeProvider.System);
        await foreach (Event next in connection.SubscribeAsync(new Call.Types.Subscribe(), patience.Token))
        {
            next.Type.ShouldBe(Event.Types.Type.Shutdown);
            var status = new TaskStatus { TaskId = new TaskID { Value = "t" }, State = TaskState.TaskRunning, Uuid = ByteString.CopyFromUtf8("u") };
            await connection.SendAsync(
                new Call { Type = Call.Types.Type.Update, Update = new Call.Types.Update { Status = status } }, patience.Token);
            break;
        }

        agent.Requests.Select(request => Call.Parser.ParseFrom(request.Body).Type).ShouldBe([Call.Types.Type.Subscribe, Call.Types.Type.Update]);
        agent.Requests.ShouldAllBe(request => request.Path == "/api/v1/executor" && request.Headers["Authorization"] == "Bearer tok");
        agent.Requests.Select(request => Call.Parser.ParseFrom(request.Body)).ShouldAllBe(
            call => call.ExecutorId.Value == "E" && call.FrameworkId.Value == "F");
        environment.ToString().ShouldNotContain("tok");
    }

    [Fact]
    public void Read_FullEnvironment_UnderstandsDurationsAndPaths()
    {
        ExecutorEnvironment environment = ExecutorEnvironment.Read(Variables("h:5051"));
        environment.Agent.ShouldBe(new Uri("http://h:5051/"));
        environment.Checkpoint.ShouldBeTrue();
        environment.RecoveryTimeout.ShouldBe(TimeSpan.FromMinutes(15));
        environment.SubscriptionBackoffMax.ShouldBe(TimeSpan.FromMilliseconds(1500));
        environment.ShutdownGracePeriod.ShouldBe(TimeSpan.FromSeconds(5));
        environment.Directory.ShouldBe("/mnt/mesos/sandbox");
        environment.HostDirectory.ShouldBe("/var/lib/mesos/x");
    }

    [Theory]
    [InlineData("MESOS_FRAMEWORK_ID", null)]
    [InlineData("MESOS_AGENT_ENDPOINT", "not an endpoint")]
    [InlineData("MESOS_RECOVERY_TIMEOUT", "soon")]
    public void Read_MissingOrMalformed_NamesTheVariable(string name, string? value)
    {
        Func<string, string?> variables = Variables("h:5051");
        Should.Throw<FormatException>(() => ExecutorEnvironment.Read(asked => asked == name ? value : variables(asked)))
            .Message.ShouldContain(name);
    }

    [Theory]
    [InlineData("15mins", 900)]
    [InlineData("1.5secs", 1.5)]
    [InlineData("2hrs", 7200)]
    [InlineData("250ms", 0.25)]
    [InlineData("1weeks", 604800)]
    public void TryParse_MesosDuration_GivesSeconds(string text, double seconds)
    {
        MesosDuration.TryParse(text, out TimeSpan duration).ShouldBeTrue();
        duration.TotalSeconds.ShouldBe(seconds);
        MesosDuration.TryParse(MesosDuration.Format(duration), out TimeSpan again).ShouldBeTrue();
        again.ShouldBe(duration);
    }

    [Theory]
    [InlineData("")]
    [InlineData("secs")]
    [InlineData("-1secs")]
    [InlineData("10")]
    public void TryParse_NoDuration_IsFalse(string text) => MesosDuration.TryParse(text, out _).ShouldBeFalse();

    private static Func<string, string?> Variables(string endpoint) => name => name switch
    {
        "MESOS_AGENT_ENDPOINT" => endpoint,
        "MESOS_FRAMEWORK_ID" => "F",
        "MESOS_EXECUTOR_ID" => "E",
        "MESOS_DIRECTORY" => "/var/lib/mesos/x",
        "MESOS_SANDBOX" => "/mnt/mesos/sandbox",
        "MESOS_CHECKPOINT" => "1",
        "MESOS_RECOVERY_TIMEOUT" => "15mins",
        "MESOS_SUBSCRIPTION_BACKOFF_MAX" => "1500ms",
        "MESOS_EXECUTOR_AUTHENTICATION_TOKEN" => "tok",
        _ => null,
    };
}
