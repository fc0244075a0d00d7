using System.Text;
using ElasticJob.Scheduler.Cluster;
using ElasticJob.Scheduler.Leadership;
using ElasticJob.Storage;
using ElasticJob.ZooKeeper;
using ElasticJob.ZooKeeper.Tests.Limits;
using ElasticJob.ZooKeeper.Tests.Server;

namespace ElasticJob.Scheduler.Tests.Leadership;

/// <summary>Whose a place in ZooKeeper is.</summary>
public sealed class ClusterMarkTests
{
    private static readonly ConnectString Place = ConnectString.Parse("zk:2181/jobs");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("a", "http://m1:5050", "a", "http://other:5050", null)]
    [InlineData("a", "http://m1:5050", "b", "http://m1:5050", "belongs to the cluster 'a', and this scheduler is of the cluster 'b'")]
    [InlineData(null, "http://m1:5050,http://m2:5050", null, "http://m2:5050,http://m3:5050", null)]
    [InlineData(null, "http://m1:5050", null, "http://m3:5050", "masters m1:5050, and this scheduler's are m3:5050")]
    [InlineData(null, "http://m1:5050", null, "zk://zk1:2181/mesos", "set zookeeper.cluster to \"default\"")]
    [InlineData(null, "http://m1:5050", "default", "http://m3:5050", null)]
    [InlineData(null, "http://m1:5050", "a", "http://m1:5050", null)]
    [InlineData("a", "http://m1:5050", null, "http://m1:5050", null)]
    [InlineData("a", "http://m1:5050", null, "http://m3:5050", "set zookeeper.cluster to \"a\"")]
    public void FaultOf_TheMarkOfAnother_SaysWhoseItIsAndTheMend(string? heldName, string heldMasters, string? name, string masters, string? fault)
    {
        byte[] held = ClusterMark.Of(heldName, MasterAddresses.Parse(heldMasters)).ToBytes();
        string? found = ClusterMark.Of(name, MasterAddresses.Parse(masters)).FaultOf(held, Place);
        (found is null).ShouldBe(fault is null);
        found?.ShouldContain(fault!);
    }

    [Fact]
    public void FaultOf_AnotherProgramsNode_SaysSo() =>
        ClusterMark.Of(null, MasterAddresses.Parse("http://m:5050")).FaultOf(Encoding.UTF8.GetBytes("songs"), Place)!.ShouldContain("/jobs/cluster in ZooKeeper belongs to another program");

    [TimedFact]
    public async Task ClaimAsync_TwoClustersAtOnePlace_TheFirstKeepsIt()
    {
        await using ZooKeeperServer server = await ZooKeeperServer.StartAloneAsync(Cancellation);
        await using ZooKeeperClient client = await ZooKeeperClient.ConnectAsync(new ZooKeeperOptions($"{server.Address}/jobs"), Cancellation);
        await client.EnsurePathAsync(cancellationToken: Cancellation);
        ClusterMark first = ClusterMark.Of(null, MasterAddresses.Parse("http://m1:5050"));
        await first.ClaimAsync(client, Cancellation);
        await first.ClaimAsync(client, Cancellation);

        // Given a name, it is known by that, also while others of it have none yet, and its masters may move.
        await ClusterMark.Of("production", MasterAddresses.Parse("http://m1:5050,http://m2:5050")).ClaimAsync(client, Cancellation);
        await first.ClaimAsync(client, Cancellation);
        await ClusterMark.Of("production", MasterAddresses.Parse("http://m7:5050")).ClaimAsync(client, Cancellation);

        StateStoreException refused = await Should.ThrowAsync<StateStoreException>(
            () => ClusterMark.Of("staging", MasterAddresses.Parse("http://m7:5050")).ClaimAsync(client, Cancellation));
        refused.Message.ShouldContain($"{server.Address}/jobs belongs to the cluster 'production'");
        await Should.ThrowAsync<StateStoreException>(() => first.ClaimAsync(client, Cancellation));
    }
}
