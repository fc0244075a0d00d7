using ElasticJob.Scheduling.State;
using ElasticJob.Simulation.Planning;
using ElasticJob.Simulation.Scheduler;
using ElasticJob.Simulation.ZooKeeper;
using ElasticJob.Storage;

namespace ElasticJob.Simulation.Tests;

/// <summary>The store on ZooKeeper when its writer is replaced while it does not know what became of a commit.</summary>
public sealed class ReplacedWriterTests
{
    private readonly SimulatedWorld world = new(Plan.Of(1, new HashSet<int>()), PlantedBug.None) { FaultsOn = false };
    private readonly List<SimulatedZooKeeper> sessions = [];

    [Fact]
    public void CommitAsync_LostOnTheWayAndTheNewWriterTookItsNumber_DoesNotSucceed()
    {
        ZooKeeperStateStore old = Open();
        Task lost = old.CommitAsync([new Mutation("key", [1])], CancellationToken.None).AsTask();
        sessions[0].Cut(TimeSpan.FromSeconds(3));
        ZooKeeperStateStore next = Open();
        Task taken = next.CommitAsync([new Mutation("key", [2])], CancellationToken.None).AsTask();
        Pass(TimeSpan.FromSeconds(8));

        taken.IsCompletedSuccessfully.ShouldBeTrue();
        lost.Exception?.InnerException.ShouldBeOfType<FencedException>().OutcomeUnknown.ShouldBeTrue();
        lost.IsFaulted.ShouldBeTrue("the entry of that number is the new writer's");
    }

    [Fact]
    public void CommitAsync_AnswerLostWhileTheEpochStands_SucceedsOnce()
    {
        ZooKeeperStateStore store = Open();
        world.Ensemble.UnknownAnswers = 1;
        Task commit = store.CommitAsync([new Mutation("key", [1])], CancellationToken.None).AsTask();
        Pass(TimeSpan.FromSeconds(8));

        commit.IsCompletedSuccessfully.ShouldBeTrue();
    }

    private ZooKeeperStateStore Open()
    {
        var process = new SimulatedProcess(world.Timeline);
        var store = new ZooKeeperStateStore(async _ =>
        {
            var session = new SimulatedZooKeeper(world.Ensemble, process, world.Timeline);
            sessions.Add(session);
            await session.ConnectAsync();
            return session;
        })
        {
            CompactsAtOnce = true,
        };
        Task opening = store.OpenAsync(CancellationToken.None).AsTask();
        Pass(TimeSpan.FromSeconds(1));
        opening.IsCompletedSuccessfully.ShouldBeTrue();
        return store;
    }

    private void Pass(TimeSpan span) => world.Timeline.RunUntil(world.Timeline.Now + span, () => false);
}
