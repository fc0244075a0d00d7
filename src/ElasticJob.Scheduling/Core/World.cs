using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.State;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduling.Core;

/// <summary>All state of the core, and the few rules that keep its indexes together.</summary>
internal sealed class World(CoreOptions options)
{
    public CoreOptions Options { get; } = options;

    public Moment Now { get; set; }

    public MetaRecord Meta { get; set; } = new();

    public long Epoch { get; set; }

    /// <summary>When this leader's first step was.</summary>
    public DateTimeOffset LeadsSince { get; set; }

    public SortedDictionary<AppName, App> Apps { get; } = [];

    public SortedDictionary<JobName, Job> Jobs { get; } = [];

    /// <summary>Removed jobs whose runs are still being ended.</summary>
    public Dictionary<JobName, Job> Leaving { get; } = [];

    public Dictionary<string, Run> Runs { get; } = [];

    /// <summary>Attempts that are not terminal, by task.</summary>
    public Dictionary<string, Attempt> Attempts { get; } = [];

    public Dictionary<string, Executor> Executors { get; } = [];

    public Dictionary<string, Agent> Agents { get; } = [];

    /// <summary>Runs with shards that wait for a place: higher priority first, then in order of their creation.</summary>
    public SortedSet<Run> Placeable { get; } = new(Comparer<Run>.Create(static (a, b) =>
    {
        int byPriority = b.Definition.Priority.CompareTo(a.Definition.Priority);
        return byPriority != 0 ? byPriority : a.Order.CompareTo(b.Order);
    }));

    public Timers Timers { get; } = new();

    /// <summary>Durable event batches that wait for confirmation.</summary>
    public Queue<(long LastSequence, string Key)> Outbox { get; } = new();

    public long ConfirmedSequence { get; set; }

    /// <summary>Finished runs that readers could not find in the event store yet.</summary>
    public Queue<(long Sequence, RunView Run)> Finished { get; } = new();

    /// <summary>Records of others, by key; kept so that a change can be refused when it rests on something that is no longer so.</summary>
    public Dictionary<string, byte[]> Kept { get; } = new(StringComparer.Ordinal);

    public bool Connected { get; set; }

    public string? Fault { get; set; } = "not subscribed yet";

    /// <summary>Counts subscriptions, so that old timers are told from current ones.</summary>
    public int Connection { get; set; }

    /// <summary>When the subscription was made, in elapsed time.</summary>
    public TimeSpan ConnectedAt { get; set; }

    /// <summary>Whether tasks are being asked for with growing pauses.</summary>
    public bool Asking { get; set; }

    public bool Suppressed { get; set; }

    /// <summary>Whether something began to wait since offers were last asked for.</summary>
    public bool FreshDemand { get; set; }

    /// <summary>Offers are wanted though nothing waits: they tell which executors really run.</summary>
    public bool LooksAround { get; set; }

    public TimeSpan LastRevive { get; set; } = TimeSpan.MinValue;

    public bool ReviveTimerSet { get; set; }

    /// <summary>The gang for which offers are kept, and until when.</summary>
    public Run? Reserving { get; set; }

    public TimeSpan ReservingUntil { get; set; }

    /// <summary>Not before then may offers be kept for a gang again.</summary>
    public TimeSpan ReserveAgainFrom { get; set; } = TimeSpan.MinValue;

    public long TakeSerial()
    {
        Meta = Meta with { Serial = Meta.Serial + 1 };
        return Meta.Serial;
    }

    public long TakeSequence()
    {
        long sequence = Meta.NextSequence;
        Meta = Meta with { NextSequence = sequence + 1 };
        return sequence;
    }

    public Agent AgentOf(string id)
    {
        if (!Agents.TryGetValue(id, out Agent? agent))
        {
            agent = new Agent(id);
            Agents.Add(id, agent);
        }

        return agent;
    }

    /// <summary>Begins to ask by name, with growing pauses, for tasks that are not heard of; nothing if that goes on already.</summary>
    public void AskSoon()
    {
        if (!Asking)
        {
            Asking = true;
            Timers.Set(Now.Elapsed + Options.ReconcileFirst, new TimerSubject.Reconcile(Connection, Options.ReconcileFirst));
        }
    }

    /// <summary>Forgets an agent of which nothing is left.</summary>
    public void Tidy(string agent)
    {
        if (Agents.TryGetValue(agent, out Agent? known) && known.Offers.Count == 0 && known.Executors.Count == 0 && known.Tasks == 0)
        {
            Agents.Remove(agent);
        }
    }

    /// <summary>Sets a shard's state and keeps the run's counts and the queue in step.</summary>
    public void SetState(Run run, Shard shard, ShardState state)
    {
        bool wasPending = shard.State == ShardState.Pending;
        bool wasFinished = shard.State == ShardState.Finished;
        shard.State = state;
        run.Pending += (state == ShardState.Pending ? 1 : 0) - (wasPending ? 1 : 0);
        run.Unfinished += (state == ShardState.Finished ? 0 : 1) - (wasFinished ? 0 : 1);
        Enlist(run);
    }

    /// <summary>Puts a run into the queue for places, or takes it out, as its state demands.</summary>
    public void Enlist(Run run)
    {
        if (run.Pending > 0 && run.State is (RunState.Ready or RunState.Running))
        {
            if (Placeable.Add(run))
            {
                run.ReadySince = Now.Elapsed;
            }

            FreshDemand = true;
        }
        else
        {
            Placeable.Remove(run);
        }
    }
}
