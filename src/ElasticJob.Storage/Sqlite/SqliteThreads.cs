using System.Collections.Concurrent;

namespace ElasticJob.Storage.Sqlite;

/// <summary>
/// Threads of their own for SQLite, whose calls block: each owns one connection and takes work from one queue, in order. A store has one
/// thread that writes; several share the queries.
/// </summary>
internal sealed class SqliteThreads(string name, int count, Func<SqliteDatabase> open) : IAsyncDisposable
{
    private readonly BlockingCollection<Action<Connection>> queue = [];
    private readonly Lock gate = new();
    private readonly List<Task> ends = [];
    private bool disposed;

    /// <summary>Runs <paramref name="work"/> on one of the threads.</summary>
    /// <param name="work">What to do with the thread's connection.</param>
    /// <param name="cancellationToken">Cancels the wait for a thread and, with <paramref name="interrupt"/>, the statement that is running.</param>
    /// <param name="interrupt">Whether the work may be cut short: true for queries, false for writes, whose outcome would be unknown.</param>
    public Task<T> RunAsync<T>(Func<SqliteDatabase, T> work, CancellationToken cancellationToken, bool interrupt = false)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            StartThreads();
            queue.Add(connection => Do(connection, work, result, interrupt, cancellationToken), CancellationToken.None);
        }

        return result.Task;
    }

    /// <summary>Finishes what is queued and closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (gate)
        {
            if (!disposed)
            {
                disposed = true;
                queue.CompleteAdding();
            }
        }

        await Task.WhenAll(ends).ConfigureAwait(false);
    }

    private static void Do<T>(
        Connection connection,
        Func<SqliteDatabase, T> work,
        TaskCompletionSource<T> result,
        bool interrupt,
        CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            result.TrySetCanceled(cancellationToken);
            return;
        }

        try
        {
            SqliteDatabase database = connection.Get();
            using CancellationTokenRegistration registration =
                interrupt ? cancellationToken.UnsafeRegister(static state => ((SqliteDatabase)state!).Interrupt(), database) : default;
            result.TrySetResult(work(database));
        }
        catch (SqliteFailure failure) when (failure.IsInterrupt && cancellationToken.IsCancellationRequested)
        {
            result.TrySetCanceled(cancellationToken);
        }
        catch (Exception exception)
        {
            result.TrySetException(exception);
        }
    }

    private void StartThreads()
    {
        while (ends.Count < count)
        {
            var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            ends.Add(end.Task);
            var thread = new Thread(() => Work(end)) { IsBackground = true, Name = $"{name}-{ends.Count}" };
            thread.Start();
        }
    }

    private void Work(TaskCompletionSource end)
    {
        using (var connection = new Connection(open))
        {
            foreach (Action<Connection> work in queue.GetConsumingEnumerable())
            {
                work(connection);
            }
        }

        end.SetResult();
    }

    /// <summary>The connection of one thread: opened when it is first needed, and again after it was abandoned.</summary>
    private sealed class Connection(Func<SqliteDatabase> open) : IDisposable
    {
        private SqliteDatabase? database;

        public SqliteDatabase Get()
        {
            if (database is { Abandoned: true })
            {
                Dispose();
            }

            return database ??= open();
        }

        public void Dispose()
        {
            database?.Dispose();
            database = null;
        }
    }
}
