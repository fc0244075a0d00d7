using System.Net;
using System.Net.Sockets;
using System.Text;
using ElasticJob.Scheduler.Cluster;
using ElasticJob.Scheduler.Hosting;
using ElasticJob.Scheduler.Leadership;
using ElasticJob.Storage;
using ElasticJob.ZooKeeper;
using ElasticJob.ZooKeeper.Tests.Limits;
using ElasticJob.ZooKeeper.Tests.Server;
using Microsoft.Extensions.Logging.Abstractions;

namespace ElasticJob.Scheduler.Tests.Hosting;

/// <summary>Each bad set-up is told in a sentence with the mend. The servers are real ones.</summary>
public sealed class ZooKeeperExaminationTests(ZooKeeperExaminationTests.Servers servers) : IClassFixture<ZooKeeperExaminationTests.Servers>
{
    private static readonly MasterAddresses Masters = MasterAddresses.Parse("http://m1:5050");
    private static readonly ClusterMark Mark = ClusterMark.Of(null, Masters);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [TimedFact]
    public async Task RunAsync_NothingThereYet_IsGood()
    {
        ZooKeeperOptions options = servers.NewPlace();
        IReadOnlyList<ZooKeeperFinding> findings = await RunAsync(options);
        findings.ShouldAllBe(finding => finding.Good);
        findings.Select(finding => finding.Check).ShouldBe([$"zookeeper {servers.Plain}", "zookeeper session", "zookeeper path"]);
        findings[^1].Text.ShouldContain("does not exist yet; the first scheduler makes it");

        // It was only looked.
        await using ZooKeeperClient client = await ZooKeeperClient.ConnectAsync(options, Cancellation);
        (await client.ExistsAsync("/", cancellationToken: Cancellation)).ShouldBeNull();
    }

    [TimedFact]
    public async Task RunAsync_UsedByThisCluster_IsGood()
    {
        ZooKeeperOptions options = servers.NewPlace();
        await using ZooKeeperClient client = await MadeAsync(options);
        await AddMemberAsync(client, "one", TimeSpan.Zero);
        IReadOnlyList<ZooKeeperFinding> findings = await RunAsync(options);
        findings.ShouldAllBe(finding => finding.Good);
        findings.Single(finding => finding.Check == "zookeeper clocks").Text.ShouldContain("that of the one scheduler is within");
        findings.Single(finding => finding.Check == "zookeeper cluster").Text.ShouldBe("this cluster's");
        (await client.GetChildrenAsync("/", cancellationToken: Cancellation)).Names.Order(StringComparer.Ordinal).ShouldBe(["cluster", "schedulers", "state"]);
    }

    [TimedFact]
    public async Task RunAsync_ClocksOfSchedulersDiffer_TellsWhoseAndHowMuch()
    {
        ZooKeeperOptions options = servers.NewPlace();
        await using ZooKeeperClient client = await MadeAsync(options);
        await AddMemberAsync(client, "good", TimeSpan.Zero);
        await AddMemberAsync(client, "fast", TimeSpan.FromSeconds(12));
        string text = await FaultAsync(options, "zookeeper clocks");
        text.ShouldContain("The clock of the scheduler fast is 1");
        text.ShouldContain("s ahead of that of ZooKeeper's leader. Set the clocks of all machines by NTP");
        text.ShouldNotContain("good");
    }

    [TimedFact]
    public async Task RunAsync_WrongDigest_SaysWhatToCheck()
    {
        ZooKeeperOptions owner = servers.NewPlace() with { Authentication = [Authentication.Digest("jobs", "right")], DefaultAcl = [Acl.Creator(Permissions.All)] };
        await using ZooKeeperClient client = await MadeAsync(owner);
        ZooKeeperOptions wrong = owner with { Authentication = [Authentication.Digest("jobs", "hush-hush")] };
        string path = await FaultAsync(wrong, "zookeeper path");
        path.ShouldContain("may not write below");
        path.ShouldContain("Check zookeeper.credential");
        (await FaultAsync(wrong, "zookeeper state")).ShouldContain("it was written with other credentials");
        (await RunAsync(owner)).ShouldAllBe(finding => finding.Good);
        string.Join('\n', await RunAsync(wrong)).ShouldNotContain("hush-hush");
    }

    [TimedFact]
    public async Task RunAsync_PathIsMissingAndMayNotBeMade_SaysWhoMustMakeIt()
    {
        ZooKeeperOptions owner = servers.NewPlace() with { Authentication = [Authentication.Digest("admin", "a")], DefaultAcl = [Acl.Creator(Permissions.All)] };
        await using ZooKeeperClient client = await ZooKeeperClient.ConnectAsync(owner, Cancellation);
        await client.EnsurePathAsync(cancellationToken: Cancellation);
        string text = await FaultAsync(new ZooKeeperOptions($"{owner.ConnectString}/jobs"), "zookeeper path");
        text.ShouldContain("/jobs does not exist, and this scheduler may not make it below");
        text.ShouldContain("Make it as an administrator");
    }

    [TimedFact]
    public async Task RunAsync_AnotherClustersPlaceOrANewerLayout_IsTold()
    {
        ZooKeeperOptions options = servers.NewPlace();
        await using ZooKeeperClient client = await MadeAsync(options);
        IReadOnlyList<ZooKeeperFinding> findings = await ZooKeeperExamination.RunAsync(
            options, ClusterMark.Of(null, MasterAddresses.Parse("http://staging:5050")), TimeProvider.System, Cancellation);
        findings.Single(finding => !finding.Good).Text.ShouldContain("belongs to a cluster with the masters m1:5050, and this scheduler's are staging:5050");

        await client.SetDataAsync("/state", "elasticjob-state layout=9"u8.ToArray(), cancellationToken: Cancellation);
        (await FaultAsync(options, "zookeeper state")).ShouldContain("newer ElasticJob (layout 9");
    }

    [TimedFact]
    public async Task RunAsync_NothingListensThere_SaysWhatToCheck()
    {
        string address = $"127.0.0.1:{ZooKeeperServer.FreePort()}";
        ZooKeeperFinding finding = (await RunAsync(new ZooKeeperOptions($"{address}/x"))).Single();
        finding.Good.ShouldBeFalse();
        finding.Text.ShouldStartWith($"{address} cannot be reached");
    }

    [TimedFact]
    public async Task RunAsync_ServerIsTooOld_SaysSo()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task<TcpClient> accepting = listener.AcceptTcpClientAsync(Cancellation).AsTask();
        Task<IReadOnlyList<ZooKeeperFinding>> running = RunAsync(new ZooKeeperOptions($"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/x"));
        using (TcpClient client = await accepting)
        {
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("Zookeeper version: 3.4.14-4c25d480, built on 03/06/2019\nMode: follower\n"), Cancellation);
        }

        listener.Stop();
        (await running)[0].Text.ShouldContain("is ZooKeeper 3.4.14; 3.5 or later is needed. Upgrade the server.");
    }

    [TimedFact]
    public async Task RunAsync_OneServerOfThreeIsUp_TellsThatThereIsNoMajority()
    {
        string members = string.Join('\n', Enumerable.Range(1, 3).Select(id => $"server.{id}=127.0.0.1:{ZooKeeperServer.FreePort()}:{ZooKeeperServer.FreePort()}"));
        await using ZooKeeperServer server = ZooKeeperServer.Prepare(ZooKeeperServer.FreePort(), members, 1);
        await server.StartAsync(Cancellation);
        IReadOnlyList<ZooKeeperFinding> findings;
        do
        {
            findings = await RunAsync(new ZooKeeperOptions($"{server.Address}/x"));
        }
        while (findings[0].Text.Contains("cannot be reached", StringComparison.Ordinal));
        findings.ShouldAllBe(finding => !finding.Good);
        findings[0].Text.ShouldContain("is in no majority and takes no writes. Start the other servers");
    }

    [TimedFact]
    public async Task RunAsync_TlsDoesNotFit_SaysWhichSideToMend()
    {
        ZooKeeperOptions plain = new($"{servers.Tls.PlainAddress}/x"), secure = new($"{servers.Tls.SecureAddress}/x");
        (await RunAsync(secure with { Tls = servers.Tls.Tls() })).ShouldAllBe(finding => finding.Good);
        (await RunAsync(plain with { Tls = servers.Tls.Tls() })).Single().Text.ShouldContain("speaks no TLS on this port, and zookeeper.tls is set. Name the servers' secureClientPort");
        (await RunAsync(secure)).Single().Text.ShouldContain("wants TLS on this port. Set zookeeper.tls");
        (await RunAsync(secure with { Tls = servers.Tls.Tls(trusts: false) })).Single().Text.ShouldContain("Name the CA's certificate in zookeeper.tls.ca");
        (await RunAsync(secure with { Tls = servers.Tls.Tls(shows: false) })).Single().Text.ShouldContain("needs zookeeper.tls.certificate and zookeeper.tls.key");
    }

    /// <summary>What a scheduler that starts makes of it.</summary>
    [TimedFact]
    public async Task Start_PlaceOfAnotherClusterOrWrongDigest_EndsWithTheSentence()
    {
        ZooKeeperOptions owner = servers.NewPlace() with { Authentication = [Authentication.Digest("jobs", "right")], DefaultAcl = [Acl.Creator(Permissions.All)] };
        await using ZooKeeperClient client = await MadeAsync(owner);
        (await EndOfStartAsync(owner, MasterAddresses.Parse("http://staging:5050"))).ShouldContain("and this scheduler's are staging:5050");
        (await EndOfStartAsync(owner with { Authentication = [Authentication.Digest("jobs", "guess")] }, Masters)).ShouldContain("Check zookeeper.credential");
    }

    [TimedFact]
    public async Task Start_NothingListensThere_GoesOnTryingAndSaysWhy()
    {
        var address = $"127.0.0.1:{ZooKeeperServer.FreePort()}";
        using var stop = new CancellationTokenSource();
        var leadership = new ElectedLeadership(
            new ZooKeeperOptions($"{address}/x"),
            Mark,
            () => new Member { Id = Guid.Empty, Name = "one", Version = "1", StartedAt = DateTimeOffset.UnixEpoch, Clock = TimeProvider.System.GetUtcNow() },
            TimeProvider.System,
            NullLogger<ElectedLeadership>.Instance)
        {
            ConnectPatience = TimeSpan.FromMilliseconds(200),
        };
        Task running = leadership.RunAsync(static (_, _) => Task.CompletedTask, stop.Token);
        while (leadership.View.Fault?.Contains($"{address} cannot be reached", StringComparison.Ordinal) is not true)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancellation);
        }

        running.IsCompleted.ShouldBeFalse();
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(running);
    }

    private static Task<IReadOnlyList<ZooKeeperFinding>> RunAsync(ZooKeeperOptions options) => ZooKeeperExamination.RunAsync(options, Mark, TimeProvider.System, Cancellation);

    private static async Task<string> FaultAsync(ZooKeeperOptions options, string check)
    {
        ZooKeeperFinding finding = (await RunAsync(options)).Single(one => one.Check == check);
        finding.Good.ShouldBeFalse(finding.Text);
        return finding.Text;
    }

    private static async Task<string> EndOfStartAsync(ZooKeeperOptions options, MasterAddresses masters)
    {
        string folder = Directory.CreateTempSubdirectory("elasticjob-start-").FullName;
        try
        {
            await using SchedulerHost host = await SchedulerHost.StartAsync(
                new SchedulerHostOptions { DataDirectory = folder, Port = 0, Masters = masters, RunnerCommand = "true", ZooKeeper = options, Logging = static _ => { } }, Cancellation);
            return (await Should.ThrowAsync<StateStoreException>(() => host.Completion.WaitAsync(Cancellation))).Message;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A place as this cluster leaves it.</summary>
    private static async Task<ZooKeeperClient> MadeAsync(ZooKeeperOptions options)
    {
        ZooKeeperClient client = await ZooKeeperClient.ConnectAsync(options, Cancellation);
        await client.EnsurePathAsync("/schedulers", cancellationToken: Cancellation);
        await Mark.ClaimAsync(client, Cancellation);
        await using var store = new ZooKeeperStateStore(client);
        await store.OpenAsync(Cancellation);
        return client;
    }

    private static Task AddMemberAsync(ZooKeeperClient client, string name, TimeSpan ahead) => client.CreateAsync(
        $"/schedulers/v-{name}-",
        new Member { Id = Guid.NewGuid(), Name = name, Version = "1", StartedAt = TimeProvider.System.GetUtcNow(), Clock = TimeProvider.System.GetUtcNow() + ahead }.ToBytes(),
        CreateMode.EphemeralSequential,
        cancellationToken: Cancellation);

    /// <summary>One server with TLS and one without.</summary>
    public sealed class Servers : IAsyncLifetime
    {
        private ZooKeeperServer? plain;
        private int last;

        public TlsServer Tls { get; } = new();

        public string Plain => plain!.Address;

        public ZooKeeperOptions NewPlace() => new($"{Plain}/place-{Interlocked.Increment(ref last)}");

        public async ValueTask InitializeAsync()
        {
            await Tls.InitializeAsync();
            plain = await ZooKeeperServer.StartAloneAsync(CancellationToken.None);
        }

        public async ValueTask DisposeAsync()
        {
            await Tls.DisposeAsync();
            await plain!.DisposeAsync();
        }
    }
}
