using ElasticJob.Simulation.Scheduler;
using ElasticJob.Simulation.Time;
using ElasticJob.ZooKeeper;

namespace ElasticJob.Simulation.ZooKeeper;

/// <summary>
/// A client's session. Requests keep their order; those under way when the connection breaks have an unknown outcome, later ones wait for the next
/// connection; a session that ended meanwhile is told so then.
/// </summary>
internal sealed class SimulatedZooKeeper : IZooKeeper
{
    private readonly Ensemble ensemble;
    private readonly SimulatedProcess process;
    private readonly Timeline timeline;
    private readonly Queue<Request> waiting = new();
    private readonly List<Request> underWay = [];
    private readonly TaskCompletionSource connected = new();
    private long session;
    private long seen;
    private long connection;
    private TimeSpan cutUntil;
    private TimeSpan lastArrival;
    private TimeSpan lastAnswer;

    public SimulatedZooKeeper(Ensemble ensemble, SimulatedProcess process, Timeline timeline)
    {
        (this.ensemble, this.process, this.timeline) = (ensemble, process, timeline);
        process.Stopped += () => ensemble.Silent(session);
        process.Ended += () => ensemble.Silent(session);
        process.Resumed += () =>
        {
            if (State == SessionState.Connected)
            {
                ensemble.Heard(session);
            }
        };
    }

    /// <summary>A commit of this session is in the servers' log.</summary>
    public event Action? Written;

    public event Action? Expired;

    public SessionState State { get; private set; } = SessionState.Connecting;

    public TimeSpan SessionTimeout => Ensemble.SessionTimeout;

    public int Server { get; private set; }

    public Task ConnectAsync()
    {
        Attach();
        return connected.Task;
    }

    /// <summary>The connection is gone; the client notices when its process runs.</summary>
    public void Disconnect()
    {
        if (State is SessionState.Expired or SessionState.Closed)
        {
            return;
        }

        ensemble.Silent(session);
        process.Do(() =>
        {
            if (State != SessionState.Connected)
            {
                return;
            }

            connection++;
            State = SessionState.Suspended;
            Request[] lost = [.. underWay];
            underWay.Clear();
            process.After(ensemble.Chaos.Span(0.02, 2), Attach);
            foreach (Request request in lost)
            {
                request.Fail(new ZooKeeperConnectionLostException("The connection was lost under the request.", outcomeUnknown: true));
            }
        });
    }

    /// <summary>The network between this client and the servers is gone for a while.</summary>
    public void Cut(TimeSpan span)
    {
        cutUntil = timeline.Now + span;
        Disconnect();
    }

    /// <summary>A watch fires, once the server of this session has come to what it waits for, and the client has a connection.</summary>
    public void Seen(OneTimeWatch watch, string path, TimeSpan lag) => process.After(lag + ensemble.Latency(), () =>
    {
        if (State == SessionState.Connected)
        {
            watch.Fire(new WatchEvent(WatchEventType.NodeDeleted, path));
        }
        else if (State == SessionState.Suspended)
        {
            Seen(watch, path, TimeSpan.FromSeconds(1));
        }
    });

    public async Task<CreatedNode> CreateAsync(
        string path, ReadOnlyMemory<byte> data, CreateMode mode, IReadOnlyList<Acl>? acl, TimeSpan timeToLive, CancellationToken cancellationToken)
    {
        OperationResult created = (await WriteAsync([Operation.Create(path, data, mode)]).ConfigureAwait(false))[0];
        return new CreatedNode(created.Path, created.Stat!);
    }

    public Task DeleteAsync(string path, int version, CancellationToken cancellationToken) => WriteAsync([Operation.Delete(path, version)]);

    public async Task<Stat> SetDataAsync(string path, ReadOnlyMemory<byte> data, int version, CancellationToken cancellationToken) =>
        (await WriteAsync([Operation.SetData(path, data, version)]).ConfigureAwait(false))[0].Stat!;

    public async Task EnsurePathAsync(string path, IReadOnlyList<Acl>? acl, CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync([Operation.Create(path)]).ConfigureAwait(false);
        }
        catch (ZooKeeperException there) when (there.Error == ZooKeeperError.NodeExists)
        {
        }
    }

    public Task<Stat?> ExistsAsync(string path, OneTimeWatch? watch, CancellationToken cancellationToken) => ReadAsync(path, watch, tree => tree.Find(path)?.Stat);

    public Task<NodeData> GetDataAsync(string path, OneTimeWatch? watch, CancellationToken cancellationToken) =>
        ReadAsync(path, watch, tree => tree.Get(path) is var node ? new NodeData(node.Data, node.Stat) : throw new InvalidOperationException());

    public Task<NodeChildren> GetChildrenAsync(string path, OneTimeWatch? watch, CancellationToken cancellationToken) =>
        ReadAsync(path, watch, tree => tree.Get(path) is var node ? new NodeChildren([.. node.Children], node.Stat) : throw new InvalidOperationException());

    public Task SyncAsync(string path, CancellationToken cancellationToken) => SendAsync(
        () =>
        {
            ensemble.Sync(ref seen);
            return true;
        },
        TimeSpan.Zero);

    public Task<IReadOnlyList<OperationResult>> MultiAsync(IReadOnlyList<Operation> operations, CancellationToken cancellationToken) => WriteAsync(operations);

    public ValueTask DisposeAsync()
    {
        State = SessionState.Closed;
        connection++;
        return ValueTask.CompletedTask;
    }

    private Task<T> ReadAsync<T>(string path, OneTimeWatch? watch, Func<ZTree, T> read) => SendAsync(
        () =>
        {
            T result = read(ensemble.Read(Server, ref seen));
            if (watch is not null)
            {
                ensemble.Watch(this, path, watch, seen);
            }

            return result;
        },
        TimeSpan.Zero);

    private Task<IReadOnlyList<OperationResult>> WriteAsync(IReadOnlyList<Operation> operations) => SendAsync(
        () =>
        {
            // The answer is lost, with the request or after it.
            bool breaks = ensemble.UnknownAnswers > 0;
            if (breaks)
            {
                ensemble.UnknownAnswers--;
                Disconnect();
                if (ensemble.Chaos.Chance(0.5))
                {
                    throw new ZooKeeperConnectionLostException("The connection was lost.", outcomeUnknown: true);
                }
            }

            IReadOnlyList<OperationResult> results = ensemble.Write(operations, session);
            ensemble.Sync(ref seen);
            if (operations[^1] is { Kind: OperationKind.Create } entry && entry.Path.StartsWith("/state/journal/", StringComparison.Ordinal) && !entry.Path.Contains('-'))
            {
                Written?.Invoke();
            }

            return results;
        },
        ensemble.Slowness);

    private Task<T> SendAsync<T>(Func<T> execute, TimeSpan slowness)
    {
        var done = new TaskCompletionSource<T>();
        if (process.IsDead)
        {
            return done.Task;
        }

        if (State == SessionState.Expired)
        {
            done.SetException(new ZooKeeperSessionExpiredException());
            return done.Task;
        }

        var request = new Request(
            () =>
            {
                try
                {
                    T result = execute();
                    return () => done.TrySetResult(result);
                }
                catch (ZooKeeperException e)
                {
                    return () => done.TrySetException(e);
                }
            },
            e => done.TrySetException(e),
            slowness);
        if (State == SessionState.Connected)
        {
            Transmit(request);
        }
        else
        {
            waiting.Enqueue(request);
        }

        return done.Task;
    }

    private void Transmit(Request request)
    {
        underWay.Add(request);
        long mine = connection;
        lastArrival = Later(lastArrival, timeline.Now + ensemble.Latency() + request.Slowness);
        timeline.After(lastArrival - timeline.Now, () =>
        {
            // What was sent is executed even when its sender has stopped or died; not on a connection that broke before.
            if (mine != connection || ensemble.IsDown || !ensemble.IsAlive(session))
            {
                return;
            }

            Action answer = request.Execute();
            lastAnswer = Later(lastAnswer, timeline.Now + ensemble.Latency());
            process.After(lastAnswer - timeline.Now, () =>
            {
                if (mine == connection && underWay.Remove(request))
                {
                    answer();
                }
            });
        });
    }

    private void Attach()
    {
        if (State is SessionState.Expired or SessionState.Closed or SessionState.Connected)
        {
            return;
        }

        if (ensemble.IsDown || cutUntil > timeline.Now)
        {
            process.After(ensemble.Chaos.Span(0.1, 1), Attach);
            return;
        }

        if (session == 0)
        {
            session = ensemble.Open(this);
        }
        else if (!ensemble.IsAlive(session))
        {
            End();
            return;
        }

        Server = ensemble.Chaos.Below(Ensemble.Servers);
        State = SessionState.Connected;
        ensemble.Heard(session);
        connected.TrySetResult();
        while (State == SessionState.Connected && waiting.TryDequeue(out Request? request))
        {
            Transmit(request);
        }
    }

    private void End()
    {
        State = SessionState.Expired;
        Expired?.Invoke();
        while (waiting.TryDequeue(out Request? request))
        {
            request.Fail(new ZooKeeperSessionExpiredException());
        }
    }

    private static TimeSpan Later(TimeSpan a, TimeSpan b) => a > b ? a : b;

    /// <summary>A request: what a server does with it, and how its sender learns.</summary>
    private sealed record Request(Func<Action> Execute, Action<Exception> Fail, TimeSpan Slowness);
}
