using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Core;
using ElasticJob.Simulation.Checking;
using ElasticJob.Simulation.ZooKeeper;
using ElasticJob.Storage;
using ElasticJob.ZooKeeper;
using ElasticJob.ZooKeeper.Recipes;
using Microsoft.Extensions.Logging.Abstractions;

namespace ElasticJob.Simulation.Scheduler;

/// <summary>
/// One scheduler process: it volunteers in the real election, opens the real store and runs the real loop around the real core. Its world is behind the
/// ports: servers, cluster, event store, clock. When one of its ZooKeeper sessions ends, or the loop does, the process ends, as the service does.
/// </summary>
internal sealed class SimulatedScheduler
{
    private readonly SimulatedWorld world;
    private readonly CrashPlan crash = new();
    private ProcessStore? store;
    private ProcessSink? sink;
    private SchedulerLoop? loop;

    public SimulatedScheduler(SimulatedWorld world, int number)
    {
        this.world = world;
        Number = number;
        Process = new SimulatedProcess(world.Timeline);
        Process.Ended += () => world.SchedulerEnded(this);
    }

    public int Number { get; }

    public SimulatedProcess Process { get; }

    public bool IsFrozen => Process.IsFrozen;

    public bool IsOpen => !Process.IsDead && loop?.Core is not null;

    public bool IsIdle => store is { IsBusy: false } && sink is { IsBusy: false };

    public SchedulingCore Core => loop!.Core!;

    public long Epoch => store?.Epoch ?? 0;

    /// <summary>Its sessions with ZooKeeper: that of the election first, then the store's.</summary>
    public List<SimulatedZooKeeper> Sessions { get; } = [];

    public void Start() => Process.Do(() => _ = LiveAsync());

    public void CrashAt(CrashPoint point)
    {
        crash.At = point;
        if (point == CrashPoint.Anywhere)
        {
            Process.Die();
        }
    }

    public void Ask(Asking asking) => Process.Do(() => _ = AskAsync(asking));

    private async Task AskAsync(Asking asking)
    {
        if (loop is null)
        {
            return;
        }

        if (world.Planted.AnswersAtOnce(asking.Command))
        {
            world.Answered(asking, CommandResult.Done);
            return;
        }

        try
        {
            CommandResult result = await loop.SubmitAsync(world.Planted.Command(asking.Command), CancellationToken.None).ConfigureAwait(false);
            if (!Process.IsDead)
            {
                world.Answered(asking, result);
            }
        }
        catch (SchedulerUnavailableException)
        {
            // The operator learns nothing, and asks again or does not.
        }
    }

    private async Task LiveAsync()
    {
        try
        {
            IZooKeeper session = await ConnectAsync().ConfigureAwait(false);
            var election = new LeaderElection(session, "/election", ReadOnlyMemory<byte>.Empty) { WatchesFireAtOnce = true };
            await election.WaitForLeadershipAsync(CancellationToken.None).ConfigureAwait(false);
            var real = new ZooKeeperStateStore(_ => ConnectAsync())
            {
                CompactsAtOnce = true,
                CompactAfterEntries = world.Plan.CompactAfter,
                CompressFrom = world.Plan.Compresses ? 512 : int.MaxValue,
            };
            store = new ProcessStore(world, Process, crash, real);
            sink = new ProcessSink(world, Process);
            loop = new SchedulerLoop(
                store,
                new SimulatedDriver(world, Process, crash, store),
                [sink],
                world.Plan.Options,
                new ProcessClock(Process, world.Timeline, () => world.Planted.Wall(world.Wall)),
                NullLoggerFactory.Instance,
                HandOver.AtOnce);
            await loop.RunAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ZooKeeperException or StateStoreException or ElasticJob.Scheduler.Cluster.ClusterFencedException)
        {
            // Somebody else leads, or nobody can be reached: the service starts again.
        }
        catch (Exception e)
        {
            world.Witness.Fail("core", $"a scheduler ended by {e.GetType().Name}: {e.Message} {e.StackTrace?.Split('\n').FirstOrDefault()?.Trim()}");
        }

        Process.Die();
    }

    private async Task<IZooKeeper> ConnectAsync()
    {
        var client = new SimulatedZooKeeper(world.Ensemble, Process, world.Timeline);
        client.Written += () => store?.Durable();
        client.Expired += Process.Die;
        Sessions.Add(client);
        await client.ConnectAsync().ConfigureAwait(false);
        return client;
    }
}
