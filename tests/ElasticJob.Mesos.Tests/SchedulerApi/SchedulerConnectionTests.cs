using System.Net;
using ElasticJob.Mesos.Errors;
using ElasticJob.Mesos.Http;
using ElasticJob.Mesos.SchedulerApi;
using ElasticJob.Mesos.V1;
using ElasticJob.Mesos.V1.Scheduler;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace ElasticJob.Mesos.Tests.SchedulerApi;

public sealed class SchedulerConnectionTests : IDisposable
{
    private readonly HttpMessageInvoker http = MesosTransport.Create();
    private readonly CancellationTokenSource patience = new(TimeSpan.FromSeconds(30));

    public void Dispose()
    {
        http.Dispose();
        patience.Dispose();
    }

    [Fact]
    public async Task SubscribeAsync_AcceptedByMaster_YieldsEventsAndEndsWithTheStream()
    {
        await using MesosServer master = await MesosServer.StartAsync(async (context, _) =>
        {
            await MesosServer.WriteAsync(context, Subscribed());
            await MesosServer.WriteAsync(context, new Event { Type = Event.Types.Type.Heartbeat });
        });

        var types = new List<Event.Types.Type>();
        await foreach (Event next in Connect(master).SubscribeAsync(Framework(), patience.Token))
        {
            types.Add(next.Type);
        }

        types.ShouldBe([Event.Types.Type.Subscribed, Event.Types.Type.Heartbeat]);
        master.Requests.Single().Path.ShouldBe("/api/v1/scheduler");
        master.Requests.Single().Headers["Content-Type"].ShouldBe("application/x-protobuf");
    }

    [Fact]
    public async Task SendAsync_WhileSubscribed_CarriesStreamIdAndFrameworkIdInOrder()
    {
        await using MesosServer master = await MesosServer.StartAsync((context, body) => ServeAsync(context, body));
        SchedulerConnection connection = Connect(master);
        await foreach (Event _ in connection.SubscribeAsync(Framework(), patience.Token))
        {
            // Submitted without waiting for each other.
            Task[] calls = [.. Enumerable.Range(0, 50).Select(i => connection.SendAsync(Kill(i), patience.Token).AsTask())];
            await Task.WhenAll(calls);
            break;
        }

        var sent = master.Requests.Skip(1).Select(request => (request.Headers, Call: Call.Parser.ParseFrom(request.Body))).ToList();
        sent.Select(request => request.Call.Kill.TaskId.Value).ShouldBe(Enumerable.Range(0, 50).Select(i => $"t{i}"));
        sent.ShouldAllBe(request => request.Headers["Mesos-Stream-Id"] == "stream-7" && request.Call.FrameworkId.Value == "F-1");
    }

    [Fact]
    public async Task SubscribeAsync_MasterDoesNotLead_FollowsLocationWithoutScheme()
    {
        await using MesosServer leader = await MesosServer.StartAsync((context, body) => ServeAsync(context, body));
        await using MesosServer follower = await MesosServer.StartAsync((context, _) =>
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = $"//{leader.Address.Authority}/api/v1/scheduler";
            return Task.CompletedTask;
        });

        SchedulerConnection connection = Connect(follower);
        await foreach (Event _ in connection.SubscribeAsync(Framework(), patience.Token))
        {
            connection.Leader!.Authority.ShouldBe(leader.Address.Authority);
            await connection.SendAsync(Kill(1), patience.Token);
            break;
        }

        leader.Requests.Count.ShouldBe(2);
        connection.Leader.ShouldBeNull();
    }

    [Fact]
    public async Task SubscribeAsync_FirstMasterNotThere_TakesTheNext()
    {
        await using MesosServer master = await MesosServer.StartAsync((context, body) => ServeAsync(context, body));
        MesosServer gone = await MesosServer.StartAsync((_, _) => Task.CompletedTask);
        Uri nobody = gone.Address;
        await gone.DisposeAsync();

        var connection = new SchedulerConnection(
            new SchedulerConnectionOptions { Masters = [nobody, master.Address] }, http, TimeProvider.System, NullLogger.Instance);
        await foreach (Event next in connection.SubscribeAsync(Framework(), patience.Token))
        {
            next.Type.ShouldBe(Event.Types.Type.Subscribed);
            return;
        }

        Assert.Fail("Nobody accepted the subscription.");
    }

    [Fact]
    public async Task SubscribeAsync_NoMasterReady_SaysWhichAndThatNothingHappened()
    {
        await using MesosServer master = await MesosServer.StartAsync((context, _) => MesosServer.RefuseAsync(context, 503, "Recovering"));
        MesosUnavailableException fault =
            await Should.ThrowAsync<MesosUnavailableException>(() => DrainAsync(Connect(master)));
        fault.Message.ShouldContain("Recovering");
        fault.OutcomeUnknown.ShouldBeFalse();
    }

    [Fact]
    public async Task SubscribeAsync_RedirectsInACircle_Ends()
    {
        await using MesosServer master = await MesosServer.StartAsync((context, _) =>
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = $"//{context.Request.Host}/api/v1/scheduler";
            return Task.CompletedTask;
        });
        await Should.ThrowAsync<MesosUnavailableException>(() => DrainAsync(Connect(master)));
    }

    [Fact]
    public async Task SubscribeAsync_WithCredential_SendsBasicAndMapsRefusal()
    {
        await using MesosServer master = await MesosServer.StartAsync((context, _) => MesosServer.RefuseAsync(context, 401, "no"));
        var options = new SchedulerConnectionOptions { Masters = [master.Address], Credential = new MesosCredential("me", "s3cret") };
        MesosRefusedException fault = await Should.ThrowAsync<MesosRefusedException>(
            () => DrainAsync(new SchedulerConnection(options, http, TimeProvider.System, NullLogger.Instance)));
        fault.IsUnauthorized.ShouldBeTrue();
        master.Requests.Single().Headers["Authorization"].ShouldBe("Basic bWU6czNjcmV0");
        options.ToString().ShouldNotContain("s3cret");
    }

    [Fact]
    public async Task SubscribeAsync_FiveHeartbeatsMissed_TakesTheStreamForDead()
    {
        var time = new ManualTime(DateTimeOffset.UnixEpoch);
        await using MesosServer master = await MesosServer.StartAsync((context, body) => ServeAsync(context, body));
        var connection = new SchedulerConnection(
            new SchedulerConnectionOptions { Masters = [master.Address] }, http, time, NullLogger.Instance);
        await using IAsyncEnumerator<Event> events = connection.SubscribeAsync(Framework(), patience.Token).GetAsyncEnumerator(patience.Token);
        (await events.MoveNextAsync()).ShouldBeTrue();

        Task<bool> next = events.MoveNextAsync().AsTask();
        await time.TimerWithinAsync(TimeSpan.FromSeconds(50), patience.Token);
        time.Advance(TimeSpan.FromSeconds(49));
        next.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(1));
        await Should.ThrowAsync<MesosConnectionLostException>(() => next);
    }

    [Fact]
    public async Task SendAsync_BadCall_SaysWhatTheMasterSaid()
    {
        await using MesosServer master = await MesosServer.StartAsync((context, body) =>
            Call.Parser.ParseFrom(body).Type == Call.Types.Type.Subscribe
                ? ServeAsync(context, body)
                : MesosServer.RefuseAsync(context, 400, "Failed to validate scheduler::Call"));
        SchedulerConnection connection = Connect(master);
        await foreach (Event _ in connection.SubscribeAsync(Framework(), patience.Token))
        {
            MesosRefusedException fault =
                await Should.ThrowAsync<MesosRefusedException>(() => connection.SendAsync(Kill(1), patience.Token).AsTask());
            fault.Status.ShouldBe(HttpStatusCode.BadRequest);
            fault.Body.ShouldBe("Failed to validate scheduler::Call");
            break;
        }
    }

    [Fact]
    public async Task SendAsync_ConnectionCutDuringCall_OutcomeIsUnknown()
    {
        await using MesosServer master = await MesosServer.StartAsync((context, body) =>
        {
            if (Call.Parser.ParseFrom(body).Type == Call.Types.Type.Subscribe)
            {
                return ServeAsync(context, body);
            }

            context.Abort();
            return Task.CompletedTask;
        });
        SchedulerConnection connection = Connect(master);
        await foreach (Event _ in connection.SubscribeAsync(Framework(), patience.Token))
        {
            MesosException fault = await Should.ThrowAsync<MesosConnectionLostException>(
                () => connection.SendAsync(Kill(1), patience.Token).AsTask());
            fault.OutcomeUnknown.ShouldBeTrue();
            break;
        }
    }

    [Fact]
    public async Task SendAsync_NotSubscribed_IsNotSent()
    {
        await using MesosServer master = await MesosServer.StartAsync((_, _) => Task.CompletedTask);
        MesosException fault = await Should.ThrowAsync<MesosNotSubscribedException>(
            () => Connect(master).SendAsync(Kill(1), patience.Token).AsTask());
        fault.OutcomeUnknown.ShouldBeFalse();
        master.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task SendAsync_RefusalWhoseTextNeverComes_IsARefusalWhenTheCallsTimeIsUp()
    {
        await using MesosServer master = await MesosServer.StartAsync(async (context, body) =>
        {
            if (Call.Parser.ParseFrom(body).Type == Call.Types.Type.Subscribe)
            {
                await ServeAsync(context, body);
                return;
            }

            context.Response.StatusCode = 400;
            context.Response.ContentLength = 100;
            await context.Response.WriteAsync("Failed to");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        var connection = new SchedulerConnection(
            new SchedulerConnectionOptions { Masters = [master.Address], CallTimeout = TimeSpan.FromSeconds(2) }, http, TimeProvider.System, NullLogger.Instance);
        await foreach (Event _ in connection.SubscribeAsync(Framework(), patience.Token))
        {
            (await Should.ThrowAsync<MesosRefusedException>(() => connection.SendAsync(Kill(1), patience.Token).AsTask())).Status.ShouldBe(HttpStatusCode.BadRequest);
            break;
        }
    }

    [Theory]
    [InlineData("[fd00::5],http://[fd00::6]:5051", "http://[fd00::5]:5050/ http://[fd00::6]:5051/")]
    [InlineData("a:5050,http://b:5051", "http://a:5050/ http://b:5051/")]
    [InlineData("a", "http://a:5050/")]
    [InlineData("https://a/", "https://a:5050/")]
    public void ParseMasters_AsOperatorsWriteThem_GivesAddresses(string list, string expected) =>
        string.Join(' ', SchedulerConnectionOptions.ParseMasters(list)).ShouldBe(expected);

    [Theory]
    [InlineData("")]
    [InlineData("ftp://a")]
    [InlineData("a b:c")]
    public void ParseMasters_Malformed_SaysWhatIsWrong(string list) =>
        Should.Throw<FormatException>(() => SchedulerConnectionOptions.ParseMasters(list));

    private static async Task ServeAsync(HttpContext context, byte[] body)
    {
        if (Call.Parser.ParseFrom(body).Type != Call.Types.Type.Subscribe)
        {
            context.Response.StatusCode = 202;
            return;
        }

        context.Response.Headers["Mesos-Stream-Id"] = "stream-7";
        await MesosServer.WriteAsync(context, Subscribed());
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    private static Event Subscribed() => new()
    {
        Type = Event.Types.Type.Subscribed,
        Subscribed = new Event.Types.Subscribed { FrameworkId = new FrameworkID { Value = "F-1" }, HeartbeatIntervalSeconds = 10 },
    };

    private static Call.Types.Subscribe Framework() => new() { FrameworkInfo = new FrameworkInfo { User = "root", Name = "test" } };

    private static Call Kill(int i) => new()
    {
        Type = Call.Types.Type.Kill,
        Kill = new Call.Types.Kill { TaskId = new TaskID { Value = $"t{i}" } },
    };

    private SchedulerConnection Connect(MesosServer master) => new(
        new SchedulerConnectionOptions { Masters = [master.Address] }, http, TimeProvider.System, NullLogger.Instance);

    private async Task DrainAsync(SchedulerConnection connection)
    {
        await foreach (Event _ in connection.SubscribeAsync(Framework(), patience.Token))
        {
        }
    }
}
