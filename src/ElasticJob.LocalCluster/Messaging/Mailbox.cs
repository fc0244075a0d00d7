using System.Threading.Channels;

namespace ElasticJob.Local.Messaging;

/// <summary>
/// One queue, one loop, one owner of the state behind it. After each batch of messages that had gathered <c>drained</c> runs once:
/// that is where work such as allocation is done for the whole batch, without a timer.
/// </summary>
internal sealed class Mailbox : IAsyncDisposable
{
    private readonly Channel<Action> _queue = Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Action _drained;
    private readonly ILogger _logger;
    private readonly Task _loop;

    public Mailbox(Action drained, ILogger logger)
    {
        _drained = drained;
        _logger = logger;
        _loop = RunAsync();
    }

    /// <summary>Queues work; after the mailbox is closed it is dropped.</summary>
    public void Post(Action work) => _queue.Writer.TryWrite(work);

    /// <summary>Queues a question and answers when the loop has come to it; its exceptions reach the caller.</summary>
    public Task<T> AskAsync<T>(Func<T> question)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        bool queued = _queue.Writer.TryWrite(() =>
        {
            try
            {
                answer.SetResult(question());
            }
            catch (Exception refusal)
            {
                answer.SetException(refusal);
            }
        });
        return queued ? answer.Task : Task.FromException<T>(new Http.CallRefusedException(503, "The server is stopping."));
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (_queue.Reader.TryRead(out Action? work))
            {
                Run(work);
            }

            Run(_drained);
        }
    }

    private void Run(Action work)
    {
        try
        {
            work();
        }
        catch (Exception fault)
        {
            // One poisoned message must not stop the master or the agent.
            ClusterLog.MessageFailed(_logger, fault);
        }
    }
}
