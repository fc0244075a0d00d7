using ElasticJob.ZooKeeper.Wire;

namespace ElasticJob.ZooKeeper.Sessions;

/// <summary>Finding a server, again and again until the session ends.</summary>
internal sealed partial class Session
{
    private static readonly TimeSpan ShortestFirstAttempt = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ShortestReturn = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>A session made by a read-only server is known to that server alone.</summary>
    private bool seenMajority;

    private async Task RunAsync()
    {
        var order = new ServerOrder(options.ConnectString.Servers, random);
        int failures = 0;
        while (!stop.IsCancellationRequested)
        {
            (Link? link, Handshake? handshake) = await TryAttachAsync(order, failures / order.Count).ConfigureAwait(false);
            if (link is null || handshake is null)
            {
                failures++;
                FailOverdue();
                if (failures % order.Count == 0)
                {
                    await PauseAsync(failures / order.Count).ConfigureAwait(false);
                }

                continue;
            }

            using (link)
            {
                if (handshake.Timeout <= TimeSpan.Zero)
                {
                    End(SessionState.Expired);
                    return;
                }

                failures = 0;
                string reason = await ServeAsync(link, handshake).ConfigureAwait(false);
                if (authRefused)
                {
                    End(SessionState.AuthFailed);
                    return;
                }

                Suspend(link.Server, reason);
            }
        }
    }

    private async Task<(Link? Link, Handshake? Handshake)> TryAttachAsync(ServerOrder order, int rounds)
    {
        ServerAddress server = order.Next();
        TimeSpan patience = Patience(order.Count, rounds);
        using var deadline = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, deadline.Token);
        Link? link = null;
        try
        {
            link = await Link.OpenAsync(server, options.Tls, options.MaxResponseBytes, either.Token).ConfigureAwait(false);
            SessionKey? shown = seenMajority ? key : null;
            Handshake handshake = await link.ShakeHandsAsync(
                writer => Handshake.WriteRequest(writer, LastZxid, options.SessionTimeout, shown, options.AllowReadOnly), either.Token).ConfigureAwait(false);
            return (link, handshake);
        }
        catch (Exception e)
        {
            // Whatever a server, its name or its certificate makes of it: the next one is tried.
            link?.Dispose();
            string reason = e is OperationCanceledException ? $"no answer within {patience.TotalSeconds:0.#} s" : e.Message;
            lastFailure = $"{server}: {reason}";
            options.Logger.NotTaken(server, reason);
            return (null, null);
        }
    }

    /// <summary>
    /// How long one server may take to accept the connection and the session. Without a session there is nothing to lose: each server has its part of the
    /// timeout. With one, two thirds of the timeout may have gone before the silence of the last server was noticed, so that in the first round all the
    /// others together get no more than the last third. From the second round on a server that is merely slow gets its time.
    /// <code>
    ///   last word ──────────────── 2/3 of the timeout: silence is noticed ──► B: T/3n ──► C: T/3n ──┤ expiry
    /// </code>
    /// </summary>
    private TimeSpan Patience(int servers, int rounds)
    {
        bool returns = seenMajority && key is not null;
        TimeSpan part = (returns ? Timeout : options.SessionTimeout) / servers;
        TimeSpan patience = returns && rounds == 0 ? part / 3 : part;
        TimeSpan shortest = returns && rounds == 0 ? ShortestReturn : ShortestFirstAttempt;
        return patience > shortest ? patience : shortest;
    }

    private async Task PauseAsync(int rounds)
    {
        double longest = Math.Min(LongestPause.TotalMilliseconds, 50 * Math.Pow(2, Math.Min(rounds, 10)));
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(longest * (0.5 + (random.NextDouble() / 2))), time, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private void Suspend(ServerAddress server, string reason)
    {
        // One lock: what is queued before it has been told of no suspension and fails; what comes after it waits for the next server. A request is never
        // sent when an earlier one of the same caller was lost without a word.
        (Request[] sent, Request[] unsent) all;
        lock (gate)
        {
            all = TakeAll();
            Become(SessionState.Suspended, null);
        }

        options.Logger.Suspended(key?.Id ?? 0, server, reason, all.sent.Length);
        foreach (Request request in all.sent.Concat(all.unsent))
        {
            request.Fail(Lost(request, $"The connection to {server} was lost ({reason})."));
        }
    }

    private void FailOverdue()
    {
        var overdue = new List<Request>();
        lock (gate)
        {
            while (queue.TryPeek(out Request? first) && time.GetElapsedTime(first.QueuedAt) > options.ConnectionWait)
            {
                overdue.Add(queue.Dequeue());
            }
        }

        foreach (Request request in overdue)
        {
            request.Fail(Lost(request, $"No server took the session within {options.ConnectionWait.TotalSeconds:0.#} s (last: {lastFailure})."));
        }
    }
}
