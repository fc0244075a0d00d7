using System.Globalization;
using System.Text;
using ElasticJob.Scheduling.State;
using ElasticJob.Storage.ZooKeeper;
using ElasticJob.ZooKeeper;

namespace ElasticJob.Storage;

/// <summary>
/// The state in ZooKeeper: a journal of commits after a snapshot. Each commit is one transaction that checks the writer's epoch, so that a writer that
/// was taken over from writes nothing any more, even when it does not know yet. See docs/designs/zookeeper-store.md.
/// </summary>
public sealed partial class ZooKeeperStateStore : IStateStore
{
    /// <summary>Where below the chroot the state is unless told otherwise.</summary>
    public const string DefaultRoot = "/state";

    private readonly bool borrowed;
    private readonly Func<CancellationToken, Task<IZooKeeper>> connect;
    private readonly string chroot;
    private readonly string where;
    private readonly StoreLayout layout;
    private readonly SemaphoreSlim turn = new(1);
    private readonly CancellationTokenSource disposal = new();
    private readonly Dictionary<string, byte[]> records = new(StringComparer.Ordinal);
    private IZooKeeper? client;
    private string? broken = "The state store is not open.";
    private long epoch;
    private int epochVersion;
    private long last;
    private bool fenced;
    private bool disposed;

    /// <summary>Prepares a store; nothing is touched before it is opened.</summary>
    /// <param name="options">The servers, the chroot and the credentials. The store has a session of its own.</param>
    /// <param name="root">Where below the chroot the store is. It is created if it does not exist.</param>
    public ZooKeeperStateStore(ZooKeeperOptions options, string root = DefaultRoot)
    {
        ArgumentNullException.ThrowIfNull(options);
        connect = async cancellationToken => await ZooKeeperClient.ConnectAsync(options, cancellationToken).ConfigureAwait(false);
        chroot = options.ConnectString.Chroot;
        where = options.ConnectString + root;
        layout = new StoreLayout(root);
    }

    /// <summary>Prepares a store on a session of the caller's, which the caller disposes of after the store. When the session ends, so does the store.</summary>
    public ZooKeeperStateStore(ZooKeeperClient client, string root = DefaultRoot)
    {
        ArgumentNullException.ThrowIfNull(client);
        this.client = client;
        borrowed = true;
        connect = _ => Task.FromResult<IZooKeeper>(client);
        chroot = client.Chroot;
        where = client.ConnectString + root;
        layout = new StoreLayout(root);
    }

    /// <summary>A store over other sessions than those of the network.</summary>
    internal ZooKeeperStateStore(Func<CancellationToken, Task<IZooKeeper>> connect, string root = DefaultRoot)
    {
        this.connect = connect;
        chroot = "";
        where = root;
        layout = new StoreLayout(root);
    }

    /// <inheritdoc/>
    /// <remarks>As long as the session: until that time has passed nobody else can have been elected.</remarks>
    public TimeSpan ProofHolds => client?.SessionTimeout ?? TimeSpan.Zero;

    /// <inheritdoc/>
    public async ValueTask<StoredState> OpenAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await compaction.ConfigureAwait(false);
            (broken, fenced) = ("The state store is not open.", false);
            await ConnectAsync(cancellationToken).ConfigureAwait(false);
            await RepeatWhenLostAsync(() => TakeOverAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
            await RepeatWhenLostAsync(() => LoadAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
            broken = null;
            var sorted = new Mutation[records.Count];
            int i = 0;
            foreach ((string key, byte[] value) in records)
            {
                sorted[i++] = new Mutation(key, value.AsSpan().ToArray());
            }

            Array.Sort(sorted, static (left, right) => string.CompareOrdinal(left.Key, right.Key));
            return new StoredState(epoch, sorted);
        }
        catch (Exception e) when (e is ZooKeeperException or InvalidDataException or EndOfStreamException)
        {
            throw Failure(e);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask CommitAsync(IReadOnlyList<Mutation> mutations, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        foreach (Mutation mutation in mutations)
        {
            ArgumentException.ThrowIfNullOrEmpty(mutation.Key, nameof(mutations));
        }

        byte[] bytes = RecordCodec.Encode(mutations, CompressFrom);
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (broken is not null)
            {
                throw fenced ? new FencedException(epoch, broken) : new StateStoreException(broken);
            }

            // From here on it is not given up halfway: the number of the commit is taken.
            long number = last + 1;
            await WriteAsync(number, mutations.Count == 0 ? null : bytes).ConfigureAwait(false);
            Took(number, mutations, bytes.Length);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        await disposal.CancelAsync().ConfigureAwait(false);
        await turn.WaitAsync().ConfigureAwait(false);
        try
        {
            await compaction.ConfigureAwait(false);
            if (client is not null && !borrowed)
            {
                await client.DisposeAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Why the data of the node <paramref name="node"/> are not those of a store that this program can use; null if they are.</summary>
    public static string? LayoutFault(string node, ReadOnlyMemory<byte> data)
    {
        int? version = data.IsEmpty ? StoreLayout.Version : StoreLayout.ReadVersion(data.ToArray());
        return version == StoreLayout.Version ? null
            : version is null ? $"The node {node} in ZooKeeper belongs to another program. Use another chroot."
            : version > StoreLayout.Version ? $"The state in ZooKeeper under {node} was written by a newer ElasticJob (layout {version}; this one knows {StoreLayout.Version}). Use that version or a later one."
            : $"The state in ZooKeeper under {node} has the unknown layout {version}. Use another chroot, or restore a backup.";
    }

    private static bool Lost(ZooKeeperException e) => e is ZooKeeperConnectionLostException || e.Error is ZooKeeperError.SessionMoved or ZooKeeperError.ThrottledOperation;

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        if (borrowed)
        {
            return;
        }

        if (client is { State: SessionState.Expired or SessionState.AuthFailed or SessionState.Closed })
        {
            await client.DisposeAsync().ConfigureAwait(false);
            client = null;
        }

        client ??= await connect(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Repeats what may be repeated: each of the steps of opening leaves the same when it was done twice.</summary>
    private static async Task RepeatWhenLostAsync(Func<Task> step, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await step().ConfigureAwait(false);
                return;
            }
            catch (ZooKeeperException e) when (Lost(e) && attempt < 5 && !cancellationToken.IsCancellationRequested)
            {
            }
        }
    }

    /// <summary>Raises the epoch. From then on no earlier writer can commit, so that what is read afterwards stays as it is.</summary>
    private async Task TakeOverAsync(CancellationToken cancellationToken)
    {
        await client!.EnsurePathAsync(layout.Root, cancellationToken: cancellationToken).ConfigureAwait(false);
        await CheckRootAsync(cancellationToken).ConfigureAwait(false);
        while (true)
        {
            NodeData held = await client.GetDataAsync(layout.Epoch, cancellationToken: cancellationToken).ConfigureAwait(false);
            long next = long.Parse(Encoding.ASCII.GetString(held.Data), CultureInfo.InvariantCulture) + 1;
            try
            {
                Stat raised = await client.SetDataAsync(
                    layout.Epoch, Encoding.ASCII.GetBytes(next.ToString(CultureInfo.InvariantCulture)), held.Stat.Version, cancellationToken).ConfigureAwait(false);
                (epoch, epochVersion) = (next, raised.Version);
                return;
            }
            catch (ZooKeeperException other) when (other.Error == ZooKeeperError.BadVersion)
            {
                // Another scheduler opens at the same time, or the server was behind; the last to raise the epoch is the writer.
                await client.SyncAsync(layout.Epoch, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task CheckRootAsync(CancellationToken cancellationToken)
    {
        await client!.SyncAsync(layout.Root, cancellationToken).ConfigureAwait(false);
        NodeData root = await client.GetDataAsync(layout.Root, cancellationToken: cancellationToken).ConfigureAwait(false);
        if (root.Data.Length == 0 && root.Stat.ChildrenCount == 0)
        {
            try
            {
                await client.MultiAsync(
                    [
                        Operation.SetData(layout.Root, StoreLayout.RootData, root.Stat.Version),
                        Operation.Create(layout.Epoch, "0"u8.ToArray()),
                        Operation.Create(layout.Head, StoreHead.Empty.ToBytes()),
                        Operation.Create(layout.Journal),
                        Operation.Create(layout.Snapshots),
                    ],
                    cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (ZooKeeperMultiException other) when (other.Error is ZooKeeperError.BadVersion or ZooKeeperError.NodeExists)
            {
                await client.SyncAsync(layout.Root, cancellationToken).ConfigureAwait(false);
                root = await client.GetDataAsync(layout.Root, cancellationToken: cancellationToken).ConfigureAwait(false);
            }
        }

        if (LayoutFault(chroot + layout.Root, root.Data) is { } fault)
        {
            throw new StateStoreException(fault);
        }
    }

    /// <summary>The session is over or the servers refuse: what a person needs to know.</summary>
    private StateStoreException Failure(Exception e, bool outcomeUnknown = false)
    {
        string sentence = e switch
        {
            ZooKeeperException { Error: ZooKeeperError.NoAuth or ZooKeeperError.AuthFailed } =>
                $"ZooKeeper does not let this scheduler use {where} ({e.Message}). Check the digest credentials and the ACLs below the chroot.",
            ZooKeeperSessionExpiredException => $"The ZooKeeper session of the state store has expired. The store must be opened again.",
            ZooKeeperConnectionLostException => $"ZooKeeper at {where} cannot be reached: {e.Message}",
            ZooKeeperException { Error: ZooKeeperError.NotReadOnly } => $"ZooKeeper at {where} has no majority and takes no writes. Bring its servers back.",
            ZooKeeperException { Error: ZooKeeperError.QuotaExceeded } => $"The quota of {where} in ZooKeeper is used up. Raise it.",
            ZooKeeperException => $"ZooKeeper at {where} refused: {e.Message}",
            _ => $"The state in ZooKeeper under {where} is damaged ({e.Message}). Restore the definitions from a backup into an empty place.",
        };

        // A store whose session is over is like one that another writer has opened: the session was what kept the others away.
        return SessionIsOver(e) ? new FencedException(epoch, sentence, e, outcomeUnknown) : new StateStoreException(sentence, e, outcomeUnknown);
    }

    private bool SessionIsOver(Exception e) => e is ZooKeeperSessionExpiredException || client?.State is SessionState.Expired or SessionState.Closed;
}
