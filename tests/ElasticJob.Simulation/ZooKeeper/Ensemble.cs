using ElasticJob.Simulation.Planning;
using ElasticJob.ZooKeeper;

namespace ElasticJob.Simulation.ZooKeeper;

/// <summary>
/// Three ZooKeeper servers: one order of changes that the leader decides, and servers that have them sooner or later. A read is answered from what the
/// server of the session has; a session never goes back behind what it has seen. Sessions whose client is silent end after their timeout, and their
/// ephemeral nodes with them; while there is no majority none ends.
/// </summary>
internal sealed class Ensemble(SimulatedWorld world)
{
    public const int Servers = 3;
    public static readonly TimeSpan SessionTimeout = TimeSpan.FromSeconds(5);

    private readonly ZTree leader = new();
    private readonly List<Transaction> log = [];
    private readonly ZTree[] trees = [new ZTree(), new ZTree(), new ZTree()];
    private readonly int[] applied = new int[Servers];
    private readonly TimeSpan[] lags = new TimeSpan[Servers];
    private readonly Dictionary<long, SimulatedSession> sessions = [];
    private readonly Dictionary<string, List<(SimulatedZooKeeper Client, OneTimeWatch Watch)>> watches = [];
    private TimeSpan upSince;
    private long nextSession;

    /// <summary>No majority: nobody is served, and no session ends.</summary>
    public bool IsDown
    {
        get;
        set
        {
            if (field && !value)
            {
                upSince = world.Timeline.Now;
            }

            field = value;
            if (value)
            {
                foreach (SimulatedSession session in sessions.Values.ToArray())
                {
                    session.Client.Disconnect();
                }
            }
        }
    }

    /// <summary>How long the leader's disk takes for a change, beyond the usual.</summary>
    public TimeSpan Slowness { get; set; }

    /// <summary>How many writes lose their connection before the answer.</summary>
    public int UnknownAnswers { get; set; }

    public int Nodes => leader.Count;

    public Simulation.Time.Rng Chaos => world.Chaos;

    public TimeSpan Latency() => world.Latency();

    public void Lag(int server, TimeSpan by) => lags[server] = by;

    // --- sessions -------------------------------------------------------------------------------------------------------

    public long Open(SimulatedZooKeeper client)
    {
        sessions.Add(++nextSession, new SimulatedSession(client));
        return nextSession;
    }

    public bool IsAlive(long session) => sessions.ContainsKey(session);

    public void Heard(long session)
    {
        if (sessions.TryGetValue(session, out SimulatedSession? known))
        {
            known.Silence++;
        }
    }

    /// <summary>Nothing is heard of a client from now on.</summary>
    public void Silent(long session)
    {
        if (sessions.TryGetValue(session, out SimulatedSession? known))
        {
            Expect(session, known, ++known.Silence, SessionTimeout);
        }
    }

    private void Expect(long session, SimulatedSession known, long silence, TimeSpan patience) => world.Timeline.After(patience, () =>
    {
        if (known.Silence != silence || !sessions.ContainsKey(session))
        {
            return;
        }

        TimeSpan left = IsDown ? SessionTimeout : upSince + SessionTimeout - world.Timeline.Now;
        if (left > TimeSpan.Zero)
        {
            Expect(session, known, silence, left);
            return;
        }

        sessions.Remove(session);
        string[] owned = [.. leader.OwnedBy(session)];
        if (owned.Length > 0)
        {
            Decide([.. owned.Select(path => new Change(path, null, false, 0))]);
        }

        known.Client.Disconnect();
    });

    // --- reading --------------------------------------------------------------------------------------------------------

    /// <summary>What a server has now, and at least up to what the session has seen.</summary>
    public ZTree Read(int server, ref long seen)
    {
        while (applied[server] < log.Count && (log[applied[server]].At + lags[server] <= world.Timeline.Now || log[applied[server]].Zxid <= seen))
        {
            trees[server].Apply(log[applied[server]++]);
        }

        seen = Math.Max(seen, applied[server]);
        return trees[server];
    }

    /// <summary>After a sync, and after an own write, a session sees all that was decided until then.</summary>
    public void Sync(ref long seen) => seen = log.Count;

    public void Watch(SimulatedZooKeeper client, string path, OneTimeWatch watch, long seen)
    {
        if (!watches.TryGetValue(path, out List<(SimulatedZooKeeper, OneTimeWatch)>? set))
        {
            watches.Add(path, set = []);
        }

        set.Add((client, watch));

        // The server may yet have to come to a change that is decided.
        if (log.Skip((int)seen).Any(t => t.Changes.Any(c => c.Path == path)))
        {
            Fire(path);
        }
    }

    private void Fire(string path)
    {
        if (watches.Remove(path, out List<(SimulatedZooKeeper Client, OneTimeWatch Watch)>? set))
        {
            foreach ((SimulatedZooKeeper client, OneTimeWatch watch) in set)
            {
                client.Seen(watch, path, lags[client.Server]);
            }
        }
    }

    // --- writing --------------------------------------------------------------------------------------------------------

    /// <summary>Does all operations or none.</summary>
    public IReadOnlyList<OperationResult> Write(IReadOnlyList<Operation> operations, long session)
    {
        var done = new List<(Change Change, Action Undo)>();
        var results = new OperationResult[operations.Count];
        for (int i = 0; i < operations.Count; i++)
        {
            Operation operation = operations[i];
            ZooKeeperError error = Check(operation, session, out Change? change);
            if (error != ZooKeeperError.Ok)
            {
                for (int last = done.Count - 1; last >= 0; last--)
                {
                    done[last].Undo();
                }

                results[i] = new OperationResult(operation.Kind, error, operation.Path);
                throw new ZooKeeperMultiException(error, $"{operation.Kind} {operation.Path}: {error}", operation.Path, i, results);
            }

            if (change is not null)
            {
                done.Add((change, leader.HowToUndo(change)));
                leader.Apply(change, log.Count + 1);
            }

            results[i] = new OperationResult(operation.Kind, ZooKeeperError.Ok, change?.Path ?? operation.Path, leader.Find(change?.Path ?? operation.Path)?.Stat);
        }

        if (done.Count > 0)
        {
            Log([.. done.Select(d => d.Change)]);
        }

        return results;
    }

    private void Decide(IReadOnlyList<Change> changes)
    {
        foreach (Change change in changes)
        {
            leader.Apply(change, log.Count + 1);
        }

        Log(changes);
    }

    private void Log(IReadOnlyList<Change> changes)
    {
        log.Add(new Transaction(log.Count + 1, world.Timeline.Now, changes));
        foreach (Change change in changes)
        {
            Fire(change.Path);
        }
    }

    private ZooKeeperError Check(Operation operation, long session, out Change? change)
    {
        change = null;
        ZNode? node = leader.Find(operation.Path);
        switch (operation.Kind)
        {
            case OperationKind.Create:
                ZNode? parent = leader.Find(ZTree.ParentOf(operation.Path));
                if (parent is null)
                {
                    return ZooKeeperError.NoNode;
                }

                var mode = (CreateMode)operation.Number;
                string path = operation.IsSequential ? $"{operation.Path}{parent.ChildrenVersion:D10}" : operation.Path;
                if (leader.Find(path) is not null && !(world.Bug == PlantedBug.NoFence && path.StartsWith("/state/journal/", StringComparison.Ordinal)))
                {
                    return ZooKeeperError.NodeExists;
                }

                bool ephemeral = mode is CreateMode.Ephemeral or CreateMode.EphemeralSequential;
                change = new Change(path, operation.Data.ToArray(), true, ephemeral ? session : 0);
                return ZooKeeperError.Ok;
            case OperationKind.Delete:
                if (node is null)
                {
                    return ZooKeeperError.NoNode;
                }

                change = new Change(operation.Path, null, false, 0);
                return node.Children.Count > 0 ? ZooKeeperError.NotEmpty : Fits(operation, node);
            case OperationKind.SetData:
                if (node is null)
                {
                    return ZooKeeperError.NoNode;
                }

                change = new Change(operation.Path, operation.Data.ToArray(), false, 0);
                return Fits(operation, node);
            default:
                return node is null ? ZooKeeperError.NoNode : world.Bug == PlantedBug.NoFence ? ZooKeeperError.Ok : Fits(operation, node);
        }
    }

    private static ZooKeeperError Fits(Operation operation, ZNode node) =>
        operation.Number is Operation.AnyVersion || operation.Number == node.Version ? ZooKeeperError.Ok : ZooKeeperError.BadVersion;
}
