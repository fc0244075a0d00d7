using System.Collections.Concurrent;
using ElasticJob.Mesos.V1;
using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Reports;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using TaskStatus = ElasticJob.Mesos.V1.TaskStatus;

namespace ElasticJob.Tests.Executor;

public sealed class HttpWorkTests
{
    [Fact]
    public async Task Run_AnsweredWithSuccess_FinishesAndCarriesTheContext()
    {
        var headers = new ConcurrentDictionary<string, string>();
        await using WebApplication target = await TargetAsync(async context =>
        {
            foreach (var header in context.Request.Headers)
            {
                headers[header.Key] = header.Value.ToString();
            }

            await context.Response.WriteAsync("done: 7 rows");
        });
        await using ExecutorFixture executor = await ExecutorFixture.StartAsync(_ => { });
        var work = new HttpWork { Url = $"{target.Urls.First()}/hook", Body = "{}", Headers = new Dictionary<string, string> { ["X-Mine"] = "1" } };
        executor.Agent.Launch(ExecutorFixture.Order("t1", work, 1, 2) with { ShardParameter = "Köln\n" });
        (await executor.Agent.EndOfAsync("t1", executor.Patience)).State.ShouldBe(TaskState.TaskFinished);
        headers["ElasticJob-Job"].ShouldBe("job");
        headers["ElasticJob-Shard"].ShouldBe("1");
        headers["ElasticJob-Shard-Count"].ShouldBe("2");
        headers["ElasticJob-Shard-Parameter"].ShouldBe("K%C3%B6ln%0A");
        headers["X-Mine"].ShouldBe("1");
        executor.Log("t1").ShouldContain("done: 7 rows");
    }

    [Fact]
    public async Task Run_HeaderByReference_IsSentAndStandsInNoLog()
    {
        string sent = "";
        await using WebApplication target = await TargetAsync(context =>
        {
            sent = context.Request.Headers.Authorization.ToString();
            return Task.CompletedTask;
        });
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "Bearer hush-hush\n");
        await using ExecutorFixture executor = await ExecutorFixture.StartAsync(_ => { });
        var work = new HttpWork { Url = target.Urls.First(), ReferencedHeaders = new Dictionary<string, ValueReference> { ["Authorization"] = new() { FromFile = file } } };
        executor.Agent.Launch(ExecutorFixture.Order("t1", work));
        (await executor.Agent.EndOfAsync("t1", executor.Patience)).State.ShouldBe(TaskState.TaskFinished);
        File.Delete(file);
        sent.ShouldBe("Bearer hush-hush");
        executor.Log("t1").ShouldNotContain("hush-hush");
    }

    [Fact]
    public async Task Run_BodyByReference_IsSentWithItsLinesAndStandsInNoLog()
    {
        string sent = "";
        await using WebApplication target = await TargetAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            sent = await reader.ReadToEndAsync();
        });
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "{\n  \"key\": \"hush-hush\"\n}\n");
        await using ExecutorFixture executor = await ExecutorFixture.StartAsync(_ => { });
        executor.Agent.Launch(ExecutorFixture.Order("t1", new HttpWork { Url = target.Urls.First(), ReferencedBody = new ValueReference { FromFile = file } }));
        (await executor.Agent.EndOfAsync("t1", executor.Patience)).State.ShouldBe(TaskState.TaskFinished);
        File.Delete(file);
        sent.ShouldBe("{\n  \"key\": \"hush-hush\"\n}");
        executor.Log("t1").ShouldNotContain("hush-hush");
    }

    [Theory]
    [InlineData(null, "ELASTICJOB_NO_SUCH_VARIABLE", "no environment variable ELASTICJOB_NO_SUCH_VARIABLE. Set it in the app")]
    [InlineData("/nowhere/secret", null, "the file /nowhere/secret cannot be read")]
    [InlineData("/dev/null", null, "the file /dev/null is empty")]
    public async Task Run_HeaderThatIsNotThere_FailsWithTheMend(string? file, string? variable, string message)
    {
        await using ExecutorFixture executor = await ExecutorFixture.StartAsync(_ => { });
        var headers = new Dictionary<string, ValueReference> { ["Authorization"] = new() { FromFile = file, FromEnv = variable } };
        executor.Agent.Launch(ExecutorFixture.Order("t1", new HttpWork { Url = "http://127.0.0.1:1/", ReferencedHeaders = headers }));
        TaskFailure failure = FakeAgent.Report(await executor.Agent.EndOfAsync("t1", executor.Patience)).Failure.ShouldNotBeNull();
        failure.Kind.ShouldBe(FailureKind.InvalidOrder);
        failure.Message.ShouldContain(message);
    }

    [Fact]
    public async Task Pitfall18_AnsweredWith500_Fails()
    {
        await using WebApplication target = await TargetAsync(async context =>
        {
            context.Response.StatusCode = 500;
            await context.Response.WriteAsync("database is down");
        });
        await using ExecutorFixture executor = await ExecutorFixture.StartAsync(_ => { });
        executor.Agent.Launch(ExecutorFixture.Order("t1", new HttpWork { Url = target.Urls.First() }));
        TaskStatus end = await executor.Agent.EndOfAsync("t1", executor.Patience);
        end.State.ShouldBe(TaskState.TaskFailed);
        TaskReport report = FakeAgent.Report(end);
        report.Failure!.Kind.ShouldBe(FailureKind.Http);
        report.Failure.HttpStatus.ShouldBe(500);
        report.LastLines!.ShouldContain("database is down");
    }

    [Fact]
    public async Task Run_NoAnswerInTime_Fails()
    {
        await using WebApplication target = await TargetAsync(context =>
            Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default));
        await using ExecutorFixture executor = await ExecutorFixture.StartAsync(_ => { });
        executor.Agent.Launch(ExecutorFixture.Order("t1", new HttpWork { Url = target.Urls.First(), Timeout = TimeSpan.FromMilliseconds(100) }));
        TaskStatus end = await executor.Agent.EndOfAsync("t1", executor.Patience);
        end.State.ShouldBe(TaskState.TaskFailed);
        end.Message.ShouldContain("did not answer");
    }

    [Theory]
    [InlineData("not an address", "200")]
    [InlineData("http://127.0.0.1:9", "2xx")]
    public async Task Run_OrderMakesNoSense_IsInvalid(string url, string range)
    {
        await using ExecutorFixture executor = await ExecutorFixture.StartAsync(_ => { });
        executor.Agent.Launch(ExecutorFixture.Order("t1", new HttpWork { Url = url, SuccessStatus = range }));
        FakeAgent.Report(await executor.Agent.EndOfAsync("t1", executor.Patience)).Failure!.Kind.ShouldBe(FailureKind.InvalidOrder);
    }

    private static async Task<WebApplication> TargetAsync(RequestDelegate answer)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        WebApplication app = builder.Build();
        app.Run(answer);
        await app.StartAsync();
        return app;
    }
}
