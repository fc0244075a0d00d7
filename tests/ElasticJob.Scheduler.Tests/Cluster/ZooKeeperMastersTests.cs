using System.Text;
using ElasticJob.Mesos.Errors;
using ElasticJob.Scheduler.Cluster;
using ElasticJob.ZooKeeper;
using ElasticJob.ZooKeeper.Tests.Server;

namespace ElasticJob.Scheduler.Tests.Cluster;

/// <summary>Masters as they register themselves, in a real ZooKeeper.</summary>
public sealed class ZooKeeperMastersTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Leader_LowestSequenceLeads_AndAnotherOneIsNoticed()
    {
        CancellationToken cancelled = TestContext.Current.CancellationToken;
        await using ZooKeeperServer server = await ZooKeeperServer.StartAloneAsync(cancelled);
        await using var masters = new ZooKeeperMasters(new ZooKeeperOptions($"{server.Address}/mesos"));
        (await masters.FindLeaderAsync(cancelled)).ShouldBeNull("nobody has ever registered");

        await using ZooKeeperClient registrar = await ZooKeeperClient.ConnectAsync(new ZooKeeperOptions($"{server.Address}/mesos"), cancelled);
        await registrar.EnsurePathAsync(cancellationToken: cancelled);
        await registrar.CreateAsync("/log_replicas", ReadOnlyMemory<byte>.Empty, CreateMode.Persistent, cancellationToken: cancelled);
        CreatedNode first = await RegisterAsync(registrar, """{"address":{"hostname":"m1","ip":"127.0.0.1","port":5051},"hostname":"m1","id":"a","ip":16777343,"port":5051}""");
        await RegisterAsync(registrar, """{"hostname":"m2","port":5052}""");
        Uri? leader = await masters.FindLeaderAsync(cancelled);
        leader.ShouldBe(new Uri("http://127.0.0.1:5051"));

        Task changed = masters.LeaderChangedAsync(leader!, cancelled);
        changed.IsCompleted.ShouldBeFalse();
        await registrar.DeleteAsync(first.Path, cancellationToken: cancelled);
        await changed.WaitAsync(Patience, TimeProvider.System, cancelled);
        (await masters.FindLeaderAsync(cancelled)).ShouldBe(new Uri("http://m2:5052"));
    }

    [Theory]
    [InlineData("""{"address":{"hostname":"m6","ip":"fd00::5","port":5050}}""", "http://[fd00::5]:5050")]
    [InlineData("""{"address":{"hostname":"m6","ip":"[fd00::5]","port":5050}}""", "http://[fd00::5]:5050")]
    [InlineData("""{"address":{"hostname":"m4","ip":"10.0.0.5","port":5050}}""", "http://10.0.0.5:5050")]
    [InlineData("""{"hostname":"m4.example","port":5051}""", "http://m4.example:5051")]
    public void Address_OfAMaster_IsOneThatCanBeCalled(string info, string address) =>
        ZooKeeperMasters.Address(Encoding.UTF8.GetBytes(info)).ShouldBe(new Uri(address));

    [Theory]
    [InlineData("nothing")]
    [InlineData("""{"hostname":"m4"}""")]
    [InlineData("""{"hostname":"m4","port":-1}""")]
    [InlineData("""{"hostname":"","port":5050}""")]
    [InlineData("""{"hostname":null,"port":5050}""")]
    public void Address_ThatCannotBeRead_IsNoMaster(string info) => Should.Throw<MesosUnavailableException>(() => ZooKeeperMasters.Address(Encoding.UTF8.GetBytes(info)));

    [Theory]
    [InlineData("zk://a:2181,b:2181/mesos", "zk://a:2181,b:2181/mesos")]
    [InlineData("a,https://b:5051", "http://a:5050,https://b:5051")]
    public void Parse_AsOperatorsWriteIt_IsUnderstood(string text, string meant) => MasterAddresses.Parse(text).ToString().ShouldBe(meant);

    [Theory]
    [InlineData("zk://a:2181")]
    [InlineData("zk:///mesos")]
    [InlineData("")]
    public void Parse_Malformed_SaysWhatIsWrong(string text) => Should.Throw<FormatException>(() => MasterAddresses.Parse(text)).Message.ShouldNotBeEmpty();

    private static Task<CreatedNode> RegisterAsync(ZooKeeperClient registrar, string info) => registrar.CreateAsync(
        "/json.info_", Encoding.UTF8.GetBytes(info), CreateMode.EphemeralSequential, cancellationToken: TestContext.Current.CancellationToken);
}
