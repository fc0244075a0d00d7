using ElasticJob.Mesos.Errors;
using ElasticJob.Mesos.V1.Scheduler;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Core;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Scheduler.Cluster;

/// <content>
/// Effects go out one after the other. One that may not have arrived, was refused, or cannot even be said ends the subscription it belongs to: with the next
/// one offers, filters and questions are fresh. The pauses between subscriptions grow until one has lasted, so a call that is refused each time costs little.
/// </content>
public sealed partial class MesosDriver
{
    private async Task SendAllAsync(Action<Input> post, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (Effect effect in outbound.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                await lease.HeldAsync(cancellationToken).ConfigureAwait(false);
                await SendAsync(effect, post, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            sent.TrySetResult();
        }
    }

    private async Task SendAsync(Effect effect, Action<Input> post, CancellationToken cancellationToken)
    {
        // The one it is sent in: by the time it has failed there may be another, which is none the worse for it.
        Subscription? mine = subscription;
        List<string> starting = [];
        string kind = effect.GetType().Name;
        string? end;
        try
        {
            if (ToCall(effect, starting, post) is { } call)
            {
                await connection.SendAsync(call, cancellationToken).ConfigureAwait(false);
            }

            return;
        }
        catch (MesosException e)
        {
            LogNotSent(kind, e.Message);
            if (!e.OutcomeUnknown)
            {
                GiveBack(effect, starting, e.Message, post);
            }

            end = e switch
            {
                MesosNotSubscribedException => null,
                MesosRefusedException => $"the call {kind} was refused: {e.Message}",
                _ => $"the call {kind} did not get through to the master: {e.Message}",
            };
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogCannotBeSaid(effect, e);
            GiveBack(effect, starting, e.Message, post);
            end = $"the call {kind} cannot be made: {e.Message}";
        }

        if (end is not null && mine is not null)
        {
            await mine.EndAsync(end).ConfigureAwait(false);
        }
    }

    /// <summary>What certainly did not happen: launches, and the executors that they would have started.</summary>
    private void GiveBack(Effect effect, List<string> starting, string reason, Action<Input> post)
    {
        foreach (string executor in starting)
        {
            executors.TryRemove(executor, out _);
        }

        if (effect is Effect.Accept accept)
        {
            foreach (TaskLaunch launch in accept.Tasks)
            {
                GiveBack(accept, launch, reason, post);
            }
        }
    }

    /// <summary>The launch certainly did not happen: the core hears it in the words of the cluster.</summary>
    private static void GiveBack(Effect.Accept accept, TaskLaunch launch, string reason, Action<Input> post) => post(new Input.Status(new TaskUpdate
    {
        Task = launch.Task,
        State = Scheduling.Cluster.TaskState.Dropped,
        Agent = accept.Agent,
        Source = "scheduler",
        Reason = "notSent",
        Message = reason,
    }));

    [LoggerMessage(2101, LogLevel.Warning, "The call {Call} was not carried out: {Reason}")]
    private partial void LogNotSent(string call, string reason);

    [LoggerMessage(2103, LogLevel.Error, "{Effect} cannot be said to the cluster.")]
    private partial void LogCannotBeSaid(Effect effect, Exception e);

    /// <summary>What can be ended from outside, with the reason.</summary>
    private sealed class Subscription(CancellationToken cancellationToken) : IDisposable
    {
        private readonly CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        private string? reason;

        public CancellationToken Token => ended.Token;

        /// <summary>The first reason that was given.</summary>
        public string? Reason => reason;

        public async Task EndAsync(string why)
        {
            Interlocked.CompareExchange(ref reason, why, null);
            try
            {
                await ended.CancelAsync().ConfigureAwait(false);
            }
            catch (ObjectDisposedException)
            {
                // It has ended by itself meanwhile.
            }
        }

        public void Dispose() => ended.Dispose();
    }
}
