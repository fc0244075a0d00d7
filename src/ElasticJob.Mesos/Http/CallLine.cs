namespace ElasticJob.Mesos.Http;

/// <summary>Lets calls through one at a time, strictly in the order in which they came.</summary>
internal sealed class CallLine
{
    private readonly Lock gate = new();
    private Task last = Task.CompletedTask;

    public async Task RunAsync(Func<CancellationToken, Task> call, CancellationToken cancellationToken)
    {
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task before;
        lock (gate)
        {
            before = last;
            last = turn.Task;
        }

        try
        {
            await before.WaitAsync(cancellationToken).ConfigureAwait(false);
            await call(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (before.IsCompleted)
            {
                turn.SetResult();
            }
            else
            {
                // Cancelled while still in line: those behind must not overtake those before.
                _ = before.ContinueWith(
                    static (_, state) => ((TaskCompletionSource)state!).SetResult(),
                    turn,
                    CancellationToken.None,
                    TaskContinuationOptions.ExecuteSynchronously,
                    TaskScheduler.Default);
            }
        }
    }
}
