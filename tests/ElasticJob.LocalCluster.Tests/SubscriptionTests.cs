using ElasticJob.Mesos.V1;
using Event = ElasticJob.Mesos.V1.Scheduler.Event;

namespace ElasticJob.Local.Tests;

public sealed class SubscriptionTests
{
    [Fact]
    public async Task Subscribe_NewFramework_GetsIdHeartbeatsAndOffer()
    {
        await using TestCluster test = await TestCluster.StartAsync(options => options with { HeartbeatInterval = TimeSpan.FromMilliseconds(50) });
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        framework.Id.Value.ShouldNotBeEmpty();
        await framework.NextAsync(Event.Types.Type.Heartbeat);
        await framework.NextAsync(Event.Types.Type.Heartbeat);
        Offer offer = await framework.OfferAsync();
        offer.AllocationInfo.Role.ShouldBe("jobs");
        offer.Resources.Single(resource => resource.Name == "cpus").Scalar.Value.ShouldBe(8);
        offer.Resources.ShouldAllBe(resource => resource.AllocationInfo.Role == "jobs");
        offer.Url.Address.Port.ShouldBe(test.Cluster.AgentAddresses[0].Port);
    }

    [Fact]
    public async Task Subscribe_WithIdInUse_FencesTheOlderSubscriber()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        await using TestFramework older = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        FrameworkInfo info = TestFramework.Info();
        info.Id = older.Id;
        await using TestFramework newer = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress, info);
        newer.Id.ShouldBe(older.Id);
        (await older.NextAsync(Event.Types.Type.Error)).Error.Message.ShouldBe("Framework failed over");
        await older.EndAsync();
        (await older.PostAsync(new SchedulerCallBuilder(older.Id).Revive(), older.StreamId)).IsSuccessStatusCode.ShouldBeFalse();
        await newer.OfferAsync();
    }

    [Fact]
    public async Task Subscribe_AfterTeardown_IsToldThatTheFrameworkWasRemoved()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        await framework.CallAsync(new SchedulerCallBuilder(framework.Id).Teardown());
        await framework.EndAsync();
        FrameworkInfo info = TestFramework.Info();
        info.Id = framework.Id;
        await using TestFramework again = await TestFramework.KnockAsync(test.Cluster.MasterAddress, info);
        (await again.NextAsync(Event.Types.Type.Error)).Error.Message.ShouldBe("Framework has been removed");
    }

    [Fact]
    public async Task Disconnect_WithoutFailoverTimeout_RemovesTheFramework()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        FrameworkInfo info = TestFramework.Info();
        info.FailoverTimeout = 0;
        TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress, info);
        await framework.DisposeAsync();
        info.Id = framework.Id;
        await MasterState.UntilAsync(test, """{"type":"GET_FRAMEWORKS"}""", text => text.Contains("completed_frameworks", StringComparison.Ordinal));
        await using TestFramework again = await TestFramework.KnockAsync(test.Cluster.MasterAddress, info);
        Event error = await again.AnyAsync();
        error.Error.Message.ShouldBe("Framework has been removed");
    }

    [Fact]
    public async Task Subscribe_WithoutUser_GetsError()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        FrameworkInfo info = TestFramework.Info();
        info.User = "";
        await using TestFramework framework = await TestFramework.KnockAsync(test.Cluster.MasterAddress, info);
        (await framework.NextAsync(Event.Types.Type.Error)).Error.Message.ShouldContain("'FrameworkInfo.user' must be set");
    }

    [Fact]
    public async Task Subscribe_RoleWithBlank_GetsError()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        await using TestFramework framework = await TestFramework.KnockAsync(test.Cluster.MasterAddress, TestFramework.Info("bad", "a b"));
        (await framework.NextAsync(Event.Types.Type.Error)).Error.Message.ShouldContain("'a b'");
    }
}
