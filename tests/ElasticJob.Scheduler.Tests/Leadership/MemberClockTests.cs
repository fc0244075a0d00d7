using ElasticJob.Scheduler.Cluster;
using ElasticJob.Scheduler.Leadership;
using ElasticJob.ZooKeeper;
using ElasticJob.ZooKeeper.Tests.Limits;
using ElasticJob.ZooKeeper.Tests.Server;
using Microsoft.Extensions.Logging.Abstractions;

namespace ElasticJob.Scheduler.Tests.Leadership;

/// <summary>What members tell of their clocks, against the clock of a real server.</summary>
public sealed class MemberClockTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [TimedFact]
    public async Task Member_ClockGoesWrongAfterItJoined_FellowsSeeIt()
    {
        await using ZooKeeperServer server = await ZooKeeperServer.StartAloneAsync(Cancellation);
        using var stop = new CancellationTokenSource();
        var offset = new Offset();
        ElectedLeadership one = Leadership(server, "one", new Offset());
        ElectedLeadership two = Leadership(server, "two", offset);
        Task[] running = [RunAsync(one, stop.Token), RunAsync(two, stop.Token)];

        await UntilAsync(one, members => members.Count == 2 && members.All(member => member.ClockFault is null));
        offset.Ahead = TimeSpan.FromMinutes(-3);
        await UntilAsync(one, members => members.SingleOrDefault(member => member.ClockFault is not null) is { Name: "two" });
        one.View.Members.Single(member => member.Name == "two").ClockFault!.ShouldMatch(@"The clock of the scheduler two is 1(79|8\d)\.\d s behind that of ZooKeeper's leader\. Set the clocks");
        offset.Ahead = TimeSpan.Zero;
        await UntilAsync(one, members => members.Count == 2 && members.All(member => member.ClockFault is null));

        await stop.CancelAsync();
        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static ElectedLeadership Leadership(ZooKeeperServer server, string name, Offset offset)
    {
        var id = Guid.NewGuid();
        return new ElectedLeadership(
            new ZooKeeperOptions($"{server.Address}/clocks"),
            ClusterMark.Of(null, MasterAddresses.Parse("http://m:5050")),
            () => new Member { Id = id, Name = name, Version = "1", StartedAt = DateTimeOffset.UnixEpoch, Clock = TimeProvider.System.GetUtcNow() + offset.Ahead },
            TimeProvider.System,
            NullLogger<ElectedLeadership>.Instance)
        {
            ClockInterval = TimeSpan.FromMilliseconds(100),
        };
    }

    private static Task RunAsync(ElectedLeadership leadership, CancellationToken stop) => leadership.RunAsync(
        static (_, cancellationToken) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken), stop);

    private static async Task UntilAsync(ElectedLeadership leadership, Func<IReadOnlyList<Member>, bool> wanted)
    {
        while (!wanted(leadership.View.Members))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancellation);
        }
    }

    private sealed class Offset
    {
        public TimeSpan Ahead { get; set; }
    }
}
