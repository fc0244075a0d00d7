using System.Security.Cryptography;
using System.Threading.Channels;
using ElasticJob.ZooKeeper.Watches;
using ElasticJob.ZooKeeper.Wire;

namespace ElasticJob.ZooKeeper.Sessions;

/// <summary>
/// One session over any number of connections, one after the other.
/// <code>
///   SendAsync → queue → writer (≤ MaxInFlight) → socket → reader → answers, watch events
///                          ↑ pings                            each in the order of the stream
/// </code>
/// 1. A loop finds a server and attaches (Session.Attach.cs). 2. While attached, a reader, a writer and a keep-alive run; the first to fail ends the
/// connection (Session.Serve.cs). 3. The state changes first, then the requests on their way fail, then the loop goes on with 1.
/// </summary>
internal sealed partial class Session
{
    private readonly ZooKeeperOptions options;
    private readonly TimeProvider time;
    private readonly WatchRegistry watches;
    private readonly Random random;
    private readonly CancellationTokenSource stop = new();
    private readonly TaskCompletionSource firstAttached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly Lock gate = new();
    private readonly Queue<Request> queue = new();
    private readonly Queue<Request> inFlight = new();
    private readonly Queue<Request?> authInFlight = new();
    private readonly List<Authentication> authentication;
    private readonly List<SessionSubscription> subscriptions = [];
    private readonly Channel<bool> wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private Task running = Task.CompletedTask;
    private Task? closing;
    private SessionState state = SessionState.Connecting;
    private SessionKey? key;
    private string lastFailure = "no server was tried yet";
    private long lastZxid;
    private bool closed;

    public Session(ZooKeeperOptions options, NodePath paths)
    {
        this.options = options;
        time = options.TimeProvider;
        watches = new WatchRegistry(paths);
        authentication = [.. options.Authentication];
        random = new Random(options.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue));
    }

    public SessionKey? Key => Volatile.Read(ref key);

    public SessionState State
    {
        get
        {
            lock (gate)
            {
                return state;
            }
        }
    }

    public TimeSpan Timeout { get; private set; }

    public ServerAddress? Server { get; private set; }

    public long LastZxid => Interlocked.Read(ref lastZxid);

    public WatchRegistry Watches => watches;

    private static bool IsFinal(SessionState state) => state is SessionState.Expired or SessionState.AuthFailed or SessionState.Closed;

    /// <summary>Attaches for the first time.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        running = RunAsync();
        try
        {
            await firstAttached.Task.WaitAsync(options.ConnectTimeout, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException timeout)
        {
            throw new ZooKeeperConnectionLostException(
                $"No server of {options.ConnectString} took a session within {options.ConnectTimeout.TotalSeconds:0.#} s. The last attempt: {lastFailure}",
                outcomeUnknown: false,
                inner: timeout);
        }
    }

    /// <summary>
    /// Queues a request at once, so that requests are sent in the order of these calls, and waits for the answer. A caller that gives up after it was
    /// sent does not take it back.
    /// </summary>
    public Task<T> SendAsync<T>(Request<T> request, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<T>(cancellationToken);
        }

        Exception? refusal = Enqueue(request);
        if (refusal is not null)
        {
            return Task.FromException<T>(refusal);
        }

        return cancellationToken.CanBeCanceled ? WithCancellationAsync(request, cancellationToken) : request.Answer;
    }

    public SessionSubscription Subscribe()
    {
        lock (gate)
        {
            var subscription = new SessionSubscription(Forget);
            if (IsFinal(state))
            {
                subscription.Publish(new SessionEvent(state, null), last: true);
            }
            else
            {
                subscriptions.Add(subscription);
            }

            return subscription;
        }
    }

    /// <summary>Credentials that the server has accepted, for the next server.</summary>
    public void Remember(Authentication credentials)
    {
        lock (gate)
        {
            authentication.Add(credentials);
        }
    }

    public Task CloseAsync()
    {
        lock (gate)
        {
            return closing ??= CloseOnceAsync();
        }
    }

    private static async Task<T> WithCancellationAsync<T>(Request<T> request, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            static (waiting, token) => ((Request)waiting!).Cancel(token), request);
        return await request.Answer.ConfigureAwait(false);
    }

    private Exception? Enqueue(Request request)
    {
        request.QueuedAt = time.GetTimestamp();
        lock (gate)
        {
            if (closed || IsFinal(state))
            {
                return EndOf(state);
            }

            queue.Enqueue(request);
        }

        wake.Writer.TryWrite(true);
        return null;
    }

    private async Task CloseOnceAsync()
    {
        await Task.Yield();
        var goodbye = new Request<bool>(OpCode.CloseSession, null, isWrite: false, static _ => { }, static (ref reply) => true);
        bool attached;
        lock (gate)
        {
            closed = true;
            attached = state is SessionState.Connected or SessionState.ReadOnly;
            if (attached)
            {
                queue.Enqueue(goodbye);
            }
        }

        if (attached)
        {
            wake.Writer.TryWrite(true);
            try
            {
                // Without an answer the session ends by its timeout.
                await goodbye.Answer.WaitAsync(TimeSpan.FromSeconds(Math.Clamp(Timeout.TotalSeconds / 2, 0.5, 5)), time).ConfigureAwait(false);
            }
            catch (Exception e) when (e is TimeoutException or ZooKeeperException)
            {
            }
        }

        await stop.CancelAsync().ConfigureAwait(false);
        await running.ConfigureAwait(false);
        End(SessionState.Closed);
    }

    private void Forget(SessionSubscription subscription)
    {
        lock (gate)
        {
            subscriptions.Remove(subscription);
        }
    }

    /// <summary>Sets the state and tells it. Only the loop, or whoever has awaited its end, calls this.</summary>
    private void Become(SessionState next, ServerAddress? server)
    {
        lock (gate)
        {
            state = next;
            Server = server;
            var change = new SessionEvent(next, server);
            foreach (SessionSubscription subscription in subscriptions)
            {
                subscription.Publish(change, IsFinal(next));
            }
        }
    }

    /// <summary>The final state: everything that waits learns of it.</summary>
    private void End(SessionState final)
    {
        lock (gate)
        {
            if (IsFinal(state))
            {
                return;
            }

            closed = true;
        }

        options.Logger.Ended(key?.Id ?? 0, final);
        Become(final, null);
        watches.TellSessionEnded();
        (Request[] sent, Request[] unsent) = TakeAll();
        foreach (Request request in sent)
        {
            request.Fail(Lost(request, "The session ended before the answer came."));
        }

        foreach (Request request in unsent)
        {
            request.Fail(EndOf(final));
        }

        firstAttached.TrySetException(EndOf(final));
    }

    private (Request[] Sent, Request[] Unsent) TakeAll()
    {
        lock (gate)
        {
            Request[] sent = [.. inFlight, .. authInFlight.OfType<Request>()];
            Request[] unsent = [.. queue];
            inFlight.Clear();
            authInFlight.Clear();
            queue.Clear();
            return (sent, unsent);
        }
    }

    private static ZooKeeperException EndOf(SessionState state) => state switch
    {
        SessionState.Expired => new ZooKeeperSessionExpiredException(),
        SessionState.AuthFailed => new ZooKeeperException(
            ZooKeeperError.AuthFailed, "The server refused the credentials, and the session is over. Check the scheme and the credentials."),
        _ => new ZooKeeperException(ZooKeeperError.Closing, "The client is closed."),
    };

    private static ZooKeeperConnectionLostException Lost(Request request, string what) => new(
        !request.WasSent ? $"{what} The request had not been sent."
        : request.IsWrite ? $"{what} The write had been sent; whether it was done is not known."
        : what,
        request.WasSent && request.IsWrite,
        request.Path);
}
