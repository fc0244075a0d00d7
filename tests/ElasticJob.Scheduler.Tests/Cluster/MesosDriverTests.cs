using System.Threading.Channels;
using ElasticJob.Mesos.Http;
using ElasticJob.Mesos.SchedulerApi;
using ElasticJob.Mesos.V1;
using ElasticJob.Mesos.V1.Scheduler;
using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduler.Cluster;
using ElasticJob.Scheduler.Leadership;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Definitions;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Capability = ElasticJob.Mesos.V1.FrameworkInfo.Types.Capability.Types.Type;
using MesosOffer = ElasticJob.Mesos.V1.Offer;
using Resources = ElasticJob.Scheduling.Definitions.Resources;
using TaskState = ElasticJob.Scheduling.Cluster.TaskState;

namespace ElasticJob.Scheduler.Tests.Cluster;

/// <summary>The driver against a master that the test writes itself, over real HTTP.</summary>
public sealed partial class MesosDriverTests : IAsyncLifetime
{
    private readonly HttpMessageInvoker http = MesosTransport.Create();
    private readonly Channel<Input> inputs = Channel.CreateUnbounded<Input>();
    private readonly CancellationTokenSource stop = new();
    private readonly List<Task> running = [];
    private ScriptedMaster master = null!;

    public async ValueTask InitializeAsync() => master = await ScriptedMaster.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(running).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await master.DisposeAsync();
        http.Dispose();
        stop.Dispose();
    }

    [Fact]
    public async Task Subscribe_First_IsWhatACorrectFrameworkSays()
    {
        _ = Run(null);
        FrameworkInfo info = (await master.SubscriptionAsync()).Subscribe.FrameworkInfo;
        info.Id.ShouldBeNull();
        info.User.ShouldBe(System.Environment.UserName);
        info.Checkpoint.ShouldBeTrue();
        info.FailoverTimeout.ShouldBe(TimeSpan.FromDays(7).TotalSeconds);
        info.Roles.ShouldBe(["elasticjob"]);
        info.WebuiUrl.ShouldBe("http://console/");
        info.Principal.ShouldBe("me");
        info.Capabilities.Select(c => c.Type).ShouldBe([Capability.PartitionAware, Capability.MultiRole, Capability.TaskKillingState, Capability.ReservationRefinement]);
        (await InputAsync<Input.Connected>()).FrameworkId.ShouldBe("F-1");
    }

    [Fact]
    public async Task Subscription_Broken_IsMadeAgainUnderTheSameId()
    {
        _ = Run(null);
        await master.SubscriptionAsync();
        master.HangUp();
        (await InputAsync<Input.Disconnected>()).Reason.ShouldContain("closed");
        (await master.SubscriptionAsync()).FrameworkId.Value.ShouldBe("F-1");
        await InputAsync<Input.Connected>();
    }

    [Theory]
    [InlineData("Framework has been removed")]
    [InlineData("Framework is completed")]
    public async Task Pitfall7_FrameworkRemoved_TheIdIsForgottenAndANewOneAskedFor(string said)
    {
        _ = Run("F-0");
        (await master.SubscriptionAsync("F-0")).FrameworkId.Value.ShouldBe("F-0");
        master.Send(Error(said));
        await InputAsync<Input.FrameworkRemoved>();
        (await master.SubscriptionAsync("F-2")).FrameworkId.ShouldBeNull();
        (await InputAsync<Input.Connected>()).FrameworkId.ShouldBe("F-2");
    }

    [Theory]
    [InlineData("Framework failed over")]
    [InlineData("Role 'elasticjob' is not permitted")]
    public async Task Error_OfAnyOtherKind_EndsTheDriverWithItsReason(string said)
    {
        Task ended = Run("F-1");
        await master.SubscriptionAsync();
        master.Send(Error(said));
        (await Should.ThrowAsync<ClusterFencedException>(() => ended.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System))).Message.ShouldContain(said);
    }

    [Fact]
    public async Task Error_ThatARateLimitWasExceeded_IsWaitedOut()
    {
        _ = Run("F-1");
        await master.SubscriptionAsync();
        master.Send(Error("Message mesos.scheduler.Call dropped: capacity(100) exceeded"));
        (await InputAsync<Input.Disconnected>()).Reason.ShouldContain("capacity");
        (await master.SubscriptionAsync()).FrameworkId.Value.ShouldBe("F-1");
    }

    [Theory]
    [InlineData(503)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(500)]
    public async Task Subscribe_Refused_SaysSoAndIsTriedAgain(int status)
    {
        int refusals = 0;
        master.Instead = (_, context) =>
        {
            bool refuses = ++refusals <= 2;
            context.Response.StatusCode = refuses ? status : 200;
            return refuses;
        };
        _ = Run("F-1");
        (await InputAsync<Input.Disconnected>()).Reason.ShouldContain(status.ToString(System.Globalization.CultureInfo.InvariantCulture));
        await master.NextAsync(Call.Types.Type.Subscribe);
        await master.NextAsync(Call.Types.Type.Subscribe);
        await master.SubscriptionAsync();
        await InputAsync<Input.Connected>();
    }

    [Fact]
    public async Task Call_ThatMayNotHaveArrived_MakesTheDriverSubscribeAnewSoThatAllIsAskedAgain()
    {
        master.Instead = (call, context) =>
        {
            if (call.Type == Call.Types.Type.Revive)
            {
                context.Abort();
            }

            return call.Type == Call.Types.Type.Revive;
        };
        IClusterDriver driver = Start("F-1");
        await master.SubscriptionAsync();
        await InputAsync<Input.Connected>();
        driver.Carry([new Effect.Revive()]);
        await InputAsync<Input.Disconnected>();
        await master.SubscriptionAsync();
        await InputAsync<Input.Connected>();
    }

    [Fact]
    public async Task Directory_SaysThatAnotherMasterLeads_TheDriverGoesThere()
    {
        await using ScriptedMaster next = await ScriptedMaster.StartAsync();
        var directory = new Directory { Leader = master.Address };
        var driver = new MesosDriver(
            Options(master) with { Connection = new SchedulerConnectionOptions { Directory = directory } }, http, new EndlessLease(), TimeProvider.System, NullLogger<MesosDriver>.Instance);
        running.Add(driver.RunAsync("F-1", input => inputs.Writer.TryWrite(input), stop.Token));
        await master.SubscriptionAsync();
        await InputAsync<Input.Connected>();
        directory.Leader = next.Address;
        directory.Changed.SetResult();
        (await InputAsync<Input.Disconnected>()).Reason.ShouldContain("another master leads");
        (await next.SubscriptionAsync()).FrameworkId.Value.ShouldBe("F-1");
        await InputAsync<Input.Connected>();
    }

    [Fact]
    public async Task Accept_AfterTheOfferWasRescinded_IsGivenBackUnsent()
    {
        IClusterDriver driver = Start("F-1");
        await master.SubscriptionAsync();
        master.Send(Offers(MixedOffer("o1")));
        master.Send(new Event { Type = Event.Types.Type.Rescind, Rescind = new Event.Types.Rescind { OfferId = new OfferID { Value = "o1" } } });
        (await InputAsync<Input.OfferRescinded>()).Offer.ShouldBe("o1");
        driver.Carry([Launch("o1", "t1", new ExecutorSpec("app.1", App))]);
        TaskUpdate told = (await InputAsync<Input.Status>()).Update;
        (told.Task, told.State, told.Reason).ShouldBe(("t1", TaskState.Dropped, "notSent"));
    }

    /// <summary>Reservations of both kinds, for the role and an ancestor of it, and what is free for all: each piece keeps its reservation and its allocation.</summary>
    [Fact]
    public async Task Accept_OfMixedReservations_UsesReservedFirstAndNeverMoreThanWasOffered()
    {
        IClusterDriver driver = Start("F-1");
        await master.SubscriptionAsync();
        master.Send(Offers(MixedOffer("o1")));
        (await InputAsync<Input.Offers>()).Received.Single().Resources.ShouldBe(Resources.Of(4, 4096));
        driver.Carry([Launch("o1", "t1", new ExecutorSpec("app.1", App))]);
        TaskInfo task = (await master.NextAsync(Call.Types.Type.Accept)).Accept.Operations.Single().Launch.TaskInfos.Single();
        Resource[] taken = [.. task.Executor.Resources, .. task.Resources];
        taken.ShouldAllBe(r => r.AllocationInfo.Role == "elasticjob");
        foreach (IGrouping<(string, ByteString), Resource> piece in taken.GroupBy(Kind))
        {
            double offered = MixedOffer("o1").Resources.Where(r => Kind(r) == piece.Key).Sum(r => r.Scalar.Value);
            piece.Sum(r => r.Scalar.Value).ShouldBeLessThanOrEqualTo(offered + 1e-9, $"{piece.Key}");
        }

        taken.Where(r => r.Name == "cpus").Sum(r => r.Scalar.Value).ShouldBe(2.5, 1e-9);
        taken.Where(r => r.Name == "cpus" && r.Reservations.Count == 0).Sum(r => r.Scalar.Value).ShouldBe(0.5, 1e-9, "what is reserved goes first");
    }

    [Fact]
    public async Task Pitfall16_AfterARestart_ARunningExecutorIsNamedInTheVeryWordsItWasStartedWith()
    {
        IClusterDriver before = Start("F-1");
        await master.SubscriptionAsync();
        master.Send(Offers(MixedOffer("o1")));
        await InputAsync<Input.Offers>();
        before.Carry([Launch("o1", "t1", new ExecutorSpec("app.1", App))]);
        ExecutorInfo started = (await master.NextAsync(Call.Types.Type.Accept)).Accept.Operations.Single().Launch.TaskInfos.Single().Executor;
        Input.ExecutorDescribed described = await InputAsync<Input.ExecutorDescribed>();
        described.Executor.ShouldBe("app.1");
        await stop.CancelAsync();

        await using ScriptedMaster later = await ScriptedMaster.StartAsync();
        using var stopLater = new CancellationTokenSource();
        var after = new MesosDriver(Options(later) with { RunnerCommand = "/a/newer/version executor" }, http, new EndlessLease(), TimeProvider.System, NullLogger<MesosDriver>.Instance);
        Task run = after.RunAsync("F-1", input => inputs.Writer.TryWrite(input), stopLater.Token);
        await later.SubscriptionAsync();
        MesosOffer offer = MixedOffer("o2");
        offer.Resources.RemoveAt(0);
        later.Send(Offers(offer));
        await InputAsync<Input.Offers>();
        after.Carry([Launch("o2", "t2", new ExecutorSpec("app.1", App, described.Description))]);
        ExecutorInfo named = (await later.NextAsync(Call.Types.Type.Accept)).Accept.Operations.Single().Launch.TaskInfos.Single().Executor;
        named.ToByteString().ShouldBe(started.ToByteString());
        await stopLater.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task InverseOffers_AreToldAndAccepted()
    {
        IClusterDriver driver = Start("F-1");
        await master.SubscriptionAsync();
        master.Send(new Event
        {
            Type = Event.Types.Type.InverseOffers,
            InverseOffers = new Event.Types.InverseOffers
            {
                InverseOffers_ =
                {
                    new InverseOffer
                    {
                        Id = new OfferID { Value = "i1" },
                        FrameworkId = new FrameworkID { Value = "F-1" },
                        AgentId = new AgentID { Value = "agent" },
                        Unavailability = new Unavailability { Start = new TimeInfo { Nanoseconds = 1 } },
                    },
                },
            },
        });
        (await InputAsync<Input.InverseOffers>()).Received.ShouldBe([("i1", "agent")]);
        driver.Carry([new Effect.AcceptInverseOffers(["i1"])]);
        Call.Types.AcceptInverseOffers accepted = (await master.NextAsync(Call.Types.Type.AcceptInverseOffers)).AcceptInverseOffers;
        accepted.InverseOfferIds.Single().Value.ShouldBe("i1");
        accepted.Filters.RefuseSeconds.ShouldBe(300);
    }

    [Fact]
    public async Task Carry_KillAcknowledgeReconcileAndFilters_SayWhatTheCoreSaid()
    {
        IClusterDriver driver = Start("F-1");
        await master.SubscriptionAsync();
        await InputAsync<Input.Connected>();
        driver.Carry(
        [
            new Effect.Kill("t", "agent", TimeSpan.FromSeconds(7)),
            new Effect.Acknowledge("t", "agent", Convert.ToBase64String(new byte[16])),
            new Effect.Reconcile([("t", "agent"), ("u", null)]),
            new Effect.Reconcile([]),
            new Effect.Decline(["o"], TimeSpan.FromHours(1)),
            new Effect.Suppress(),
            new Effect.Shutdown("app.1", "agent"),
        ]);
        Call.Types.Kill kill = (await master.NextAsync(Call.Types.Type.Kill)).Kill;
        (kill.TaskId.Value, kill.AgentId.Value, kill.KillPolicy.GracePeriod.Nanoseconds).ShouldBe(("t", "agent", 7_000_000_000));
        (await master.NextAsync(Call.Types.Type.Acknowledge)).Acknowledge.Uuid.Length.ShouldBe(16);
        Call.Types.Reconcile asked = (await master.NextAsync(Call.Types.Type.Reconcile)).Reconcile;
        asked.Tasks.Select(t => (t.TaskId.Value, t.AgentId?.Value)).ShouldBe([("t", "agent"), ("u", null)]);
        (await master.NextAsync(Call.Types.Type.Reconcile)).Reconcile.Tasks.ShouldBeEmpty("all of them");
        (await master.NextAsync(Call.Types.Type.Decline)).Decline.Filters.RefuseSeconds.ShouldBe(3600);
        (await master.NextAsync(Call.Types.Type.Suppress)).Suppress.Roles.ShouldBe(["elasticjob"]);
        (await master.NextAsync(Call.Types.Type.Shutdown)).Shutdown.ExecutorId.Value.ShouldBe("app.1");
    }

    private sealed class Directory : IMasterDirectory
    {
        public Uri? Leader { get; set; }

        public TaskCompletionSource Changed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<Uri?> FindLeaderAsync(CancellationToken cancellationToken) => Task.FromResult(Leader);

        public Task LeaderChangedAsync(Uri leader, CancellationToken cancellationToken) =>
            leader.Authority == Leader?.Authority && Changed.Task.IsCompleted
                ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken)
                : Changed.Task.WaitAsync(cancellationToken);
    }

    private static readonly AppDefinition App = new() { Name = new AppName("app"), Resources = Resources.Of(0.5, 128) };

    private static MesosDriverOptions Options(ScriptedMaster master) => new()
    {
        Connection = new SchedulerConnectionOptions { Masters = [master.Address], Credential = new MesosCredential("me", "secret") },
        RunnerCommand = "elasticjob executor",
        WebAddress = static () => new Uri("http://console"),
    };

    private static Event Error(string message) => new() { Type = Event.Types.Type.Error, Error = new Event.Types.Error { Message = message } };

    private static Event Offers(MesosOffer offer) => new() { Type = Event.Types.Type.Offers, Offers = new Event.Types.Offers { Offers_ = { offer } } };

    private static Effect.Accept Launch(string offer, string task, ExecutorSpec executor) => new(
        "agent",
        [offer],
        [
            new TaskLaunch(
                task,
                Resources.Of(2, 512),
                executor,
                new TaskOrder { Job = "job", Run = "job@1", Task = task, ScheduledAt = DateTimeOffset.UnixEpoch, ShardCount = 1, Work = new ClassWork("job"), FencingToken = 1, Attempt = 1 },
                TimeSpan.FromSeconds(5)),
        ],
        TimeSpan.FromSeconds(5));

    private static MesosOffer MixedOffer(string id)
    {
        var offer = new MesosOffer
        {
            Id = new OfferID { Value = id },
            FrameworkId = new FrameworkID { Value = "F-1" },
            AgentId = new AgentID { Value = "agent" },
            Hostname = "host",
            AllocationInfo = new Resource.Types.AllocationInfo { Role = "elasticjob" },
        };
        var forRole = new Resource.Types.ReservationInfo { Type = Resource.Types.ReservationInfo.Types.Type.Static, Role = "elasticjob" };
        var refined = new Resource.Types.ReservationInfo
        {
            Type = Resource.Types.ReservationInfo.Types.Type.Dynamic,
            Role = "elasticjob",
            Principal = "me",
            Labels = new Labels { Labels_ = { new Label { Key = "for", Value = "jobs" } } },
        };
        offer.Resources.Add([
            Scalar("cpus", 1, forRole), Scalar("cpus", 2), Scalar("cpus", 1, refined),
            Scalar("mem", 4000), Scalar("mem", 96, refined),
        ]);
        return offer;
    }

    private static Resource Scalar(string name, double value, params Resource.Types.ReservationInfo[] reservations)
    {
        var resource = new Resource
        {
            Name = name,
            Type = Value.Types.Type.Scalar,
            Scalar = new Value.Types.Scalar { Value = value },
            AllocationInfo = new Resource.Types.AllocationInfo { Role = "elasticjob" },
        };
        resource.Reservations.Add(reservations);
        return resource;
    }

    /// <summary>Everything about a resource but how much of it.</summary>
    private static (string Name, ByteString Others) Kind(Resource resource)
    {
        Resource one = resource.Clone();
        one.Scalar.Value = 1;
        return (resource.Name, one.ToByteString());
    }

    private MesosDriver Start(string? framework, ILoggerProvider? log = null)
    {
        using var loggers = new LoggerFactory(log is null ? [] : [log]);
        var driver = new MesosDriver(Options(master), http, new EndlessLease(), TimeProvider.System, loggers.CreateLogger<MesosDriver>());
        running.Add(driver.RunAsync(framework, input => inputs.Writer.TryWrite(input), stop.Token));
        return driver;
    }

    private Task Run(string? framework, ILoggerProvider? log = null)
    {
        _ = Start(framework, log);
        return running[^1];
    }

    private async Task<T> InputAsync<T>()
        where T : Input
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (true)
        {
            if (await inputs.Reader.ReadAsync(patience.Token) is T wanted)
            {
                return wanted;
            }
        }
    }
}
