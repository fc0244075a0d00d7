using ElasticJob.Scheduler.Cluster;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Core;
using ElasticJob.Simulation.Cluster;
using ElasticJob.Simulation.Planning;

namespace ElasticJob.Simulation.Scheduler;

/// <summary>The connection of one process to the cluster: subscribes again when it breaks, keeps the order of its calls, gives back what it could not send.</summary>
internal sealed class SimulatedDriver : IClusterDriver
{
    /// <summary>A loop that ends gives its events two seconds to be stored; a little less, so that the end is the same in each run.</summary>
    public static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1.9);

    private readonly SimulatedWorld world;
    private readonly SimulatedProcess process;
    private readonly CrashPlan crash;
    private readonly ProcessStore store;
    private readonly TaskCompletionSource fenced = new();
    private readonly HashSet<string> described = [];
    private Action<Input> post = _ => { };
    private Link? link;
    private string? framework;
    private TimeSpan backoff = TimeSpan.FromMilliseconds(100);
    private TimeSpan sentUntil;

    public SimulatedDriver(SimulatedWorld world, SimulatedProcess process, CrashPlan crash, ProcessStore store)
    {
        (this.world, this.process, this.crash, this.store) = (world, process, crash, store);
        process.Ended += () =>
        {
            if (link is { } open)
            {
                world.Timeline.After(world.Latency(), () => world.Master.Drop(open));
            }
        };
    }

    public Task RunAsync(string? frameworkId, Action<Input> post, CancellationToken cancellationToken)
    {
        this.post = post;
        framework = frameworkId;
        cancellationToken.Register(() => fenced.TrySetResult());
        Subscribe();
        return fenced.Task;
    }

    public void Carry(IReadOnlyList<Effect> effects)
    {
        if (effects.Count > 0 && !process.IsDead)
        {
            world.Acts(store);
        }

        for (int i = 0; i < effects.Count; i++)
        {
            if (i == effects.Count / 2 && crash.Strikes(CrashPoint.MidwayInEffects))
            {
                process.Die();
            }

            Send(world.Planted.Effect(effects[i]));
        }

        if (crash.Strikes(CrashPoint.AfterEffects))
        {
            process.Die();
        }
    }

    public void Hear(Link from, Input input) => process.Do(() =>
    {
        if (from != link || !world.Planted.Takes(input))
        {
            return;
        }

        if (input is Input.Connected connected)
        {
            framework = connected.FrameworkId;
            backoff = TimeSpan.FromMilliseconds(100);
        }

        if (world.Bug == PlantedBug.AcknowledgedOnArrival && input is Input.Status { Update: { Uuid: { } uuid, Agent: { } agent } update })
        {
            Send(new Effect.Acknowledge(update.Task, agent, uuid));
        }

        post(input);
    });

    public void Broken(Link from, string reason) => process.Do(() =>
    {
        if (from == link)
        {
            link = null;
            post(new Input.Disconnected(reason));
            process.After(backoff, Subscribe);
            backoff = backoff * 2 < TimeSpan.FromSeconds(15) ? backoff * 2 : backoff;
        }
    });

    public void Removed(Link from, string reason) => process.Do(() =>
    {
        if (from == link)
        {
            framework = null;
            post(new Input.FrameworkRemoved(reason));
            Broken(from, reason);
        }
    });

    public void FencedByMaster(Link from) => process.Do(() =>
    {
        if (from == link)
        {
            link = null;
            process.After(LastWords, process.Die);
            fenced.TrySetException(new ClusterFencedException("Another scheduler has subscribed."));
        }
    });

    public void CallRefused(Effect effect) => process.Do(() => GiveBack(effect));

    private void Subscribe()
    {
        link = new Link(this);
        Link mine = link;
        string? id = framework;
        world.Timeline.After(world.Latency(), () => world.Master.Subscribe(mine, id));
    }

    private void Send(Effect effect)
    {
        if (process.IsDead)
        {
            return;
        }

        if (link is not { } to)
        {
            GiveBack(effect);
            return;
        }

        Describe(effect);

        // When the connection breaks under a call nobody knows whether it arrived; the driver subscribes anew.
        if (world.FaultsOn && world.Chaos.Chance(world.Plan.CallLost))
        {
            world.Timeline.After(world.Latency(), () => Broken(to, "the connection broke under a call"));
            if (world.Chaos.Chance(0.5))
            {
                return;
            }
        }

        TimeSpan arrival = world.Timeline.Now + world.Latency();
        arrival = arrival < sentUntil ? sentUntil : arrival;
        sentUntil = arrival;
        world.Timeline.After(arrival - world.Timeline.Now, () => world.Master.Call(to, effect));
    }

    /// <summary>As the driver of the service: what the cluster is told about a new executor is kept.</summary>
    private void Describe(Effect effect)
    {
        foreach (TaskLaunch launch in effect is Effect.Accept accept ? accept.Tasks : [])
        {
            if (launch.Executor.Description is null && described.Add(launch.Executor.Id))
            {
                post(new Input.ExecutorDescribed(launch.Executor.Id, launch.Executor.Id));
            }
        }
    }

    private void GiveBack(Effect effect)
    {
        if (effect is Effect.Accept accept)
        {
            foreach (TaskLaunch launch in accept.Tasks)
            {
                post(new Input.Status(new TaskUpdate { Task = launch.Task, State = TaskState.Dropped, Agent = accept.Agent, Source = "scheduler", Reason = "notSent" }));
            }
        }
    }
}
