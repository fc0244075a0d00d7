using ElasticJob.ZooKeeper.Watches;
using ElasticJob.ZooKeeper.Wire;

namespace ElasticJob.ZooKeeper.Sessions;

/// <summary>What runs while a connection lasts.</summary>
internal sealed partial class Session
{
    /// <summary>About what one write to the socket holds.</summary>
    private const int BatchBytes = 64 * 1024;

    private long lastReceived;
    private long lastSent;
    private int lastXid;
    private int watchAnswersDue;
    private bool pingDue;
    private bool authRefused;

    /// <summary>Returns why the connection ended.</summary>
    private async Task<string> ServeAsync(Link link, Handshake handshake)
    {
        Volatile.Write(ref key, handshake.Key);
        Timeout = handshake.Timeout;
        seenMajority |= !handshake.ReadOnly;
        lastReceived = lastSent = time.GetTimestamp();
        pingDue = false;
        SessionState attached = handshake.ReadOnly ? SessionState.ReadOnly : SessionState.Connected;
        options.Logger.Attached(handshake.Key.Id, attached, link.Server, handshake.Timeout);
        Become(attached, link.Server);
        firstAttached.TrySetResult();

        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        Task[] parts = [ReadAsync(link, end.Token), WriteAsync(link, end.Token), KeepAliveAsync(end.Token)];
        Task first = await Task.WhenAny(parts).ConfigureAwait(false);
        await end.CancelAsync().ConfigureAwait(false);
        link.Close();
        string reason = "it ended";
        foreach (Task part in parts)
        {
            try
            {
                await part.ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // Whatever it was: the connection is given up, and those who wait for its answers are told. Nobody may wait for ever.
                reason = part == first ? e.Message : reason;
            }
        }

        return reason;
    }

    private async Task ReadAsync(Link link, CancellationToken cancellationToken)
    {
        while (await link.Frames.FillAsync(cancellationToken).ConfigureAwait(false))
        {
            Volatile.Write(ref lastReceived, time.GetTimestamp());
            while (link.Frames.TryRead(out ReadOnlySpan<byte> frame))
            {
                Take(frame);
            }
        }

        throw new EndOfStreamException("the server closed the connection");
    }

    private void Take(ReadOnlySpan<byte> frame)
    {
        var reader = new JuteReader(frame);
        int xid = reader.Int();
        long zxid = reader.Long();
        var error = (ZooKeeperError)reader.Int();
        switch (xid)
        {
            case Xid.Ping:
                break;
            case Xid.Notification:
                var type = (WatchEventType)reader.Int();
                reader.Int();
                if (type is >= WatchEventType.NodeCreated and <= WatchEventType.NodeChildrenChanged)
                {
                    watches.Tell(type, reader.Text());
                }

                break;
            case Xid.SetWatches:
                TakeWatchAnswer(error);
                break;
            case Xid.Auth:
                TakeAuthAnswer(error, ref reader);
                break;
            default:
                TakeAnswer(xid, zxid, error, ref reader);
                break;
        }
    }

    private void TakeAnswer(int xid, long zxid, ZooKeeperError error, ref JuteReader reader)
    {
        Request? request;
        bool wasFull;
        lock (gate)
        {
            if (!inFlight.TryPeek(out request) || request.Xid != xid)
            {
                throw new InvalidDataException($"the server answered request {xid} where {request?.Xid.ToString() ?? "none"} was expected");
            }

            wasFull = inFlight.Count >= options.MaxInFlight;
            inFlight.Dequeue();
        }

        if (zxid > 0)
        {
            Interlocked.Exchange(ref lastZxid, zxid);
        }

        if (wasFull)
        {
            wake.Writer.TryWrite(true);
        }

        try
        {
            request.Answered?.Invoke(watches, error);
            request.Complete(error, ref reader);
        }
        catch (InvalidDataException broken)
        {
            request.Fail(Lost(request, $"The server's answer cannot be read: {broken.Message}"));
            throw;
        }
    }

    private void TakeWatchAnswer(ZooKeeperError error)
    {
        if (error != ZooKeeperError.Ok)
        {
            options.Logger.WatchesRefused(error);
        }

        if (--watchAnswersDue == 0)
        {
            watches.TellReattached();
        }
    }

    private void TakeAuthAnswer(ZooKeeperError error, ref JuteReader reader)
    {
        Request? request;
        lock (gate)
        {
            authInFlight.TryDequeue(out request);
        }

        authRefused |= error == ZooKeeperError.AuthFailed;
        request?.Answered?.Invoke(watches, error);
        request?.Complete(error, ref reader);
        if (authRefused)
        {
            throw new InvalidDataException("the server refused the credentials");
        }
    }

    private async Task WriteAsync(Link link, CancellationToken cancellationToken)
    {
        using var writer = new JuteWriter();
        WritePrelude(writer);
        while (true)
        {
            Gather(writer);
            if (writer.Length > 0)
            {
                await link.Stream.WriteAsync(writer.Written, cancellationToken).ConfigureAwait(false);
                Volatile.Write(ref lastSent, time.GetTimestamp());
                writer.Clear();
            }
            else
            {
                await wake.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Before any request, the new server hears who this is and what is watched.</summary>
    private void WritePrelude(JuteWriter writer)
    {
        Authentication[] shown;
        lock (gate)
        {
            shown = [.. authentication];
            foreach (Authentication _ in shown)
            {
                authInFlight.Enqueue(null);
            }
        }

        foreach (Authentication credentials in shown)
        {
            WriteFrame(writer, Xid.Auth, OpCode.Auth, credentials.Write);
        }

        WatchList all = watches.All();
        watchAnswersDue = all.Write(writer, LastZxid);
    }

    /// <summary>Takes requests from the queue while there is room in the batch and on the way.</summary>
    private void Gather(JuteWriter writer)
    {
        if (Interlocked.Exchange(ref pingDue, false))
        {
            WriteFrame(writer, Xid.Ping, OpCode.Ping, static _ => { });
        }

        while (writer.Length < BatchBytes)
        {
            Request? request;
            lock (gate)
            {
                if (inFlight.Count >= options.MaxInFlight || !queue.TryDequeue(out request))
                {
                    return;
                }

                if (!request.TryTakeForSending())
                {
                    continue;
                }

                int start = writer.Length;
                int size;
                request.Xid = request.Op == OpCode.Auth ? Xid.Auth : lastXid = lastXid == int.MaxValue ? 1 : lastXid + 1;
                try
                {
                    size = WriteFrame(writer, request.Xid, request.Op, request.Write);
                }
                catch (Exception unwritable)
                {
                    // What the caller handed over (a null in a list, say) is the caller's fault alone; the others' requests go on.
                    writer.CutTo(start);
                    request.Fail(unwritable);
                    continue;
                }

                if (size <= options.MaxRequestBytes)
                {
                    if (request.Op == OpCode.Auth)
                    {
                        authInFlight.Enqueue(request);
                    }
                    else
                    {
                        inFlight.Enqueue(request);
                    }

                    continue;
                }

                writer.CutTo(start);
                request.Fail(new ZooKeeperException(
                    ZooKeeperError.MarshallingError,
                    $"The request of {size} bytes is larger than {options.MaxRequestBytes}, the servers' jute.maxbuffer; nothing was sent.",
                    request.Path));
            }
        }
    }

    private static int WriteFrame(JuteWriter writer, int xid, OpCode op, Action<JuteWriter> body)
    {
        int frame = writer.BeginFrame();
        writer.Int(xid);
        writer.Int((int)op);
        body(writer);
        return writer.EndFrame(frame);
    }

    /// <summary>Sends a ping after a third of the timeout without another frame; gives the connection up after two thirds without a word from the server.</summary>
    private async Task KeepAliveAsync(CancellationToken cancellationToken)
    {
        TimeSpan pingAfter = Timeout / 3;
        TimeSpan deafAfter = Timeout * 2 / 3;
        while (true)
        {
            TimeSpan deaf = time.GetElapsedTime(Volatile.Read(ref lastReceived));
            TimeSpan mute = time.GetElapsedTime(Volatile.Read(ref lastSent));
            if (deaf >= deafAfter)
            {
                throw new TimeoutException($"the server was silent for {deaf.TotalSeconds:0.0} s");
            }

            if (mute >= pingAfter)
            {
                Volatile.Write(ref pingDue, true);
                wake.Writer.TryWrite(true);
                mute = TimeSpan.Zero;
            }

            TimeSpan next = pingAfter - mute < deafAfter - deaf ? pingAfter - mute : deafAfter - deaf;
            await Task.Delay(next > TimeSpan.FromMilliseconds(1) ? next : TimeSpan.FromMilliseconds(1), time, cancellationToken).ConfigureAwait(false);
        }
    }
}
