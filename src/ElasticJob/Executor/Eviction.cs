using System.Collections.Concurrent;
using ElasticJob.Execution;
using ElasticJob.Protocol.Reports;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Executor;

/// <summary>
/// What happens when a killed shard ignores its cancellation. Code inside a process cannot be stopped, only the process can; so, in
/// steps that docs/designs/executor-kill.md gives the reasons for:
/// <list type="number">
/// <item>After the grace period the shard's log and status say so; the task stays KILLING. No new tasks are taken.</item>
/// <item>The other tasks get time to finish. If the shard ends meanwhile, all is well again.</item>
/// <item>The others are cancelled and, as each ends, reported as failed because the executor had to go.</item>
/// <item>The process ends. That the shard is over is reported by the agent, which sees the process die: never by us, who would lie.</item>
/// </list>
/// </summary>
internal sealed partial class Eviction(
    ConcurrentDictionary<string, ShardTask> tasks, StatusOutbox outbox, EvictionTimes times, TimeProvider time, ILogger logger, Action<int> exitNow)
{
    public const int ExitCode = 75;

    private readonly ConcurrentDictionary<string, byte> stuck = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> watched = new(StringComparer.Ordinal);

    /// <summary>Why no new tasks are taken; <see langword="null"/> while they are.</summary>
    public string? Reason => stuck.Keys.FirstOrDefault() is { } id
        ? $"The executor is about to end, because task {id} was killed and does not stop."
        : null;

    /// <summary>Looks after a shard that was just killed.</summary>
    public void Watch(ShardTask shard, TimeSpan grace)
    {
        if (watched.TryAdd(shard.Id, 0))
        {
            _ = WatchAsync(shard, grace);
        }
    }

    private async Task WatchAsync(ShardTask shard, TimeSpan grace)
    {
        // A script gets SIGKILL at the end of its grace period and is gone soon after.
        bool ended = await EndsWithinAsync(shard.Completion, shard.IsScript ? grace + times.ScriptMargin : grace).ConfigureAwait(false);
        if (!ended)
        {
            stuck[shard.Id] = 0;
            string text = $"Killed {grace.TotalSeconds:0.#} s ago and still running: the job ignores its CancellationToken. "
                + "Code cannot be stopped inside a process, so this executor takes no more tasks and ends.";
            shard.Note(LogLevel.Error, text);
            shard.PostNote(text);
            LogStuck(shard.Id);
            if (!await OthersLeaveAsync(shard).ConfigureAwait(false))
            {
                shard.Note(LogLevel.Error, "The process ends under the shard.");
                LogEnding(shard.Id);
                exitNow(ExitCode);
            }

            stuck.TryRemove(shard.Id, out _);
        }

        watched.TryRemove(shard.Id, out _);
    }

    /// <summary>Clears the process of other tasks; <see langword="true"/> if the stuck shard ended after all.</summary>
    private async Task<bool> OthersLeaveAsync(ShardTask shard)
    {
        if (await EndsWithinAsync(Task.WhenAny(shard.Completion, Others()), times.Finish).ConfigureAwait(false) && shard.Completion.IsCompleted)
        {
            return true;
        }

        TaskFailure reason = Failures.Of(
            FailureKind.ExecutorLost, $"The executor had to end, because task {shard.Id} in the same process was killed and did not stop.");
        foreach (ShardTask other in tasks.Values.Where(other => !stuck.ContainsKey(other.Id)))
        {
            other.Evict(reason, times.Cancel);
        }

        await EndsWithinAsync(Others(), times.Cancel + TimeSpan.FromSeconds(1)).ConfigureAwait(false);

        // What is left in the outbox besides the stuck ones are the last words of the others; they get a moment to be acknowledged.
        await EndsWithinAsync(outbox.EndedTasksAcknowledgedAsync(), times.Report).ConfigureAwait(false);
        return shard.Completion.IsCompleted;
    }

    private Task Others() => Task.WhenAll(tasks.Values.Where(other => !stuck.ContainsKey(other.Id)).Select(other => other.Completion));

    private async Task<bool> EndsWithinAsync(Task task, TimeSpan span)
    {
        await task.WaitAsync(span, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return task.IsCompleted;
    }

    [LoggerMessage(1020, LogLevel.Error, "Task {TaskId} was killed and does not stop; no more tasks are taken.")]
    private partial void LogStuck(string taskId);

    [LoggerMessage(1021, LogLevel.Error, "Task {TaskId} still runs; the process ends.")]
    private partial void LogEnding(string taskId);
}
