using ElasticJob.ZooKeeper.Recipes;
using ElasticJob.ZooKeeper.Tests.Limits;
using ElasticJob.ZooKeeper.Tests.Server;

namespace ElasticJob.ZooKeeper.Tests;

public sealed class LeaderElectionTests(OneServer one)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [TimedFact]
    public async Task WaitForLeadershipAsync_SessionsEnd_LeadInTheOrderOfArrival()
    {
        ZooKeeperOptions place = one.NewPlace();
        await using ZooKeeperClient observer = await one.ConnectAsync(place);
        var clients = new List<ZooKeeperClient>();
        var leads = new List<Task>();
        var elections = new List<LeaderElection>();
        for (byte i = 0; i < 4; i++)
        {
            clients.Add(await one.ConnectAsync(place));
            elections.Add(new LeaderElection(clients[i], "/election", new[] { i }));
            leads.Add(elections[i].WaitForLeadershipAsync(Cancellation));
            while ((await observer.GetAllChildrenNumberAsync("/", Cancellation)) < i + 2)
            {
            }
        }

        // The second gives up its place; the third must not lead before the first ends.
        await leads[0];
        await clients[1].DisposeAsync();
        await Should.ThrowAsync<ZooKeeperException>(leads[1]);
        leads[2].IsCompleted.ShouldBeFalse();
        (await elections[3].GetLeaderAsync(Cancellation)).ShouldBe([0]);
        await clients[0].DisposeAsync();
        await leads[2];
        leads[3].IsCompleted.ShouldBeFalse();
        await elections[2].ResignAsync(Cancellation);
        await leads[3];
        (await elections[3].GetLeaderAsync(Cancellation)).ShouldBe([3]);
        await clients[2].DisposeAsync();
        await clients[3].DisposeAsync();
        (await new LeaderElection(observer, "/election", default).GetLeaderAsync(Cancellation)).ShouldBeNull();
    }
}
