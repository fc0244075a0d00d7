using System.Collections.Concurrent;
using System.Text.Json;
using ElasticJob.Execution;
using ElasticJob.Logs;
using ElasticJob.Mesos;
using ElasticJob.Mesos.Errors;
using ElasticJob.Mesos.ExecutorApi;
using ElasticJob.Mesos.V1;
using ElasticJob.Mesos.V1.Executor;
using ElasticJob.Protocol;
using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Reports;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Executor;

/// <summary>Runs tasks for an agent: subscribes, launches, kills, and outlives a restart of the agent if it may.</summary>
internal sealed partial class ExecutorHost
{
    private static readonly TimeSpan DefaultKillGrace = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FirstSubscriptionPatience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private const int RememberedTasks = 20_000;

    private readonly ExecutorEnvironment environment;
    private readonly ExecutorConnection connection;
    private readonly StatusOutbox outbox;
    private readonly ShardPlace place;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly Action<int> exitNow;
    private readonly ReconnectBackoff backoff;
    private readonly ConcurrentDictionary<string, ShardTask> tasks = new(StringComparer.Ordinal);
    private readonly HashSet<string> seen = new(StringComparer.Ordinal);
    private readonly Queue<string> seenOrder = new();
    private readonly TaskCompletionSource<string> leave = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Eviction eviction;

    public ExecutorHost(
        ExecutorEnvironment environment,
        HttpMessageInvoker http,
        WorkRunner work,
        LogRouter router,
        TimeProvider time,
        ILogger logger,
        EvictionTimes times,
        Action<int> exitNow)
    {
        this.environment = environment;
        this.time = time;
        this.logger = logger;
        this.exitNow = exitNow;
        connection = new ExecutorConnection(environment, http, time);
        outbox = new StatusOutbox(connection.SendAsync, time, logger);
        place = new ShardPlace(environment.Directory, environment.HostDirectory, work, outbox, router, time);
        backoff = new ReconnectBackoff(
            TimeSpan.FromMilliseconds(50), environment.SubscriptionBackoffMax, new Random(environment.ExecutorId.GetHashCode(StringComparison.Ordinal)));
        eviction = new Eviction(tasks, outbox, times, time, logger, exitNow);
    }

    /// <summary>Works until SHUTDOWN, cancellation, or the loss of the agent. Gives back the exit code of the process.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var helpers = new CancellationTokenSource();
        using CancellationTokenRegistration told = cancellationToken.Register(() => leave.TrySetResult("the process was told to end"));
        Task sender = outbox.RunAsync(helpers.Token);
        Task ticker = TickAsync(helpers.Token);
        Task listener = ListenAsync(helpers.Token);

        // The event stream stays open while tasks stop: it carries the acknowledgements of their last updates.
        await Task.WhenAny(listener, leave.Task).ConfigureAwait(false);
        bool lost = listener.IsCompleted;
        await StopAsync(lost, lost ? "the agent is gone" : await leave.Task.ConfigureAwait(false)).ConfigureAwait(false);
        await helpers.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(sender, ticker).ConfigureAwait(false);
        await listener.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return lost ? 1 : 0;
    }

    /// <summary>Reads events, subscribing again as long as that makes sense; ends once the agent is lost.</summary>
    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        bool subscribedOnce = false;
        long since = time.GetTimestamp();
        while (true)
        {
            string why = "the agent closed the event stream";
            try
            {
                await foreach (Event next in connection.SubscribeAsync(outbox.Unacknowledged(), cancellationToken).ConfigureAwait(false))
                {
                    if (next.Type == Event.Types.Type.Subscribed)
                    {
                        subscribedOnce = true;
                        backoff.Reset();
                        outbox.Subscribed();
                        LogSubscribed(environment.Agent);
                    }

                    since = time.GetTimestamp();
                    Handle(next);
                }

                since = time.GetTimestamp();
            }
            catch (MesosRefusedException e) when (e.Status != System.Net.HttpStatusCode.NotFound)
            {
                LogRefused(e.Message);
                return;
            }
            catch (MesosException e)
            {
                why = e.Message;
            }

            // Without checkpointing the agent forgets its executors when it ends; with it, they wait for its return.
            TimeSpan patience = !subscribedOnce ? FirstSubscriptionPatience : environment.Checkpoint ? environment.RecoveryTimeout : TimeSpan.Zero;
            if (time.GetElapsedTime(since) >= patience)
            {
                LogAgentLost(why);
                return;
            }

            LogResubscribing(why);
            await Task.Delay(backoff.Next(), time, cancellationToken).ConfigureAwait(false);
        }
    }

    private void Handle(Event next)
    {
        switch (next.Type)
        {
            case Event.Types.Type.Launch:
                Launch(next.Launch.Task);
                break;
            case Event.Types.Type.LaunchGroup:
                foreach (TaskInfo task in next.LaunchGroup.TaskGroup.Tasks)
                {
                    Launch(task);
                }

                break;
            case Event.Types.Type.Kill:
                Kill(next.Kill);
                break;
            case Event.Types.Type.Acknowledged:
                outbox.Acknowledge(next.Acknowledged.TaskId.Value, next.Acknowledged.Uuid);
                break;
            case Event.Types.Type.Shutdown:
                leave.TrySetResult("the agent asked for it");
                break;
            case Event.Types.Type.Error:
                LogRefused(next.Error.Message);
                leave.TrySetResult($"the agent reported an error: {next.Error.Message}");
                break;
            default:
                break;
        }
    }

    private void Launch(TaskInfo task)
    {
        string id = task.TaskId.Value;
        if (!seen.Add(id))
        {
            LogLaunchedTwice(id);
            return;
        }

        seenOrder.Enqueue(id);
        if (seenOrder.Count > RememberedTasks)
        {
            seen.Remove(seenOrder.Dequeue());
        }

        outbox.Open(task);
        if (eviction.Reason is { } leaving)
        {
            Refuse(id, TaskState.TaskDropped, Failures.Of(FailureKind.PlaceLost, leaving));
            return;
        }

        if (Read(task, out TaskOrder? order) is { } fault)
        {
            Refuse(id, TaskState.TaskFailed, fault);
            return;
        }

        var shard = new ShardTask(task, order!, place);
        tasks[id] = shard;
        _ = ForgetAsync(shard);
    }

    private async Task ForgetAsync(ShardTask shard)
    {
        await shard.Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        tasks.TryRemove(shard.Id, out _);
        shard.Dispose();
    }

    private void Refuse(string id, TaskState state, TaskFailure failure)
    {
        LogRefusedTask(id, failure.Message);
        outbox.Post(
            id,
            state,
            new TaskReport { Sandbox = environment.HostDirectory, Failure = failure, LastLines = [failure.Message] },
            failure.Message);
    }

    private static TaskFailure? Read(TaskInfo task, out TaskOrder? order)
    {
        order = null;
        if (task.Data.IsEmpty)
        {
            return Failures.Of(FailureKind.InvalidOrder, "The task carries no order in its data.");
        }

        try
        {
            order = ProtocolJson.ReadOrder(task.Data.Span);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return Failures.Of(FailureKind.InvalidOrder, $"The order in the task's data cannot be read: {e.Message}");
        }

        return order.Task != task.TaskId.Value
            ? Failures.Of(FailureKind.InvalidOrder, $"The order is for task '{order.Task}', not '{task.TaskId.Value}'.")
            : order.ShardCount < 1 || order.Shard < 0 || order.Shard >= order.ShardCount
            ? Failures.Of(FailureKind.InvalidOrder, $"Shard {order.Shard} of {order.ShardCount} does not exist; shards count from 0.")
            : null;
    }

    private void Kill(Event.Types.Kill kill)
    {
        if (!tasks.TryGetValue(kill.TaskId.Value, out ShardTask? shard))
        {
            LogKillUnknown(kill.TaskId.Value);
            return;
        }

        TimeSpan grace = kill.KillPolicy?.GracePeriod is { } period
            ? TimeSpan.FromTicks(period.Nanoseconds / 100)
            : shard.KillGrace ?? DefaultKillGrace;
        shard.Kill(grace);
        eviction.Watch(shard, grace);
    }

    private async Task StopAsync(bool lost, string reason)
    {
        LogStopping(reason, tasks.Count);

        // Somewhat less than the agent waits before it kills the process, so that the last reports still get out.
        TimeSpan grace = environment.ShutdownGracePeriod * 0.7;
        foreach (ShardTask shard in tasks.Values)
        {
            shard.Kill(grace);
        }

        await Task.WhenAll(tasks.Values.Select(shard => shard.Completion)).WaitAsync(grace + (Second / 5), time, CancellationToken.None)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!lost)
        {
            await outbox.EndedTasksAcknowledgedAsync().WaitAsync(environment.ShutdownGracePeriod * 0.2, time, CancellationToken.None)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        ShardTask[] running = [.. tasks.Values.Where(shard => !shard.Completion.IsCompleted)];
        if (running.Length > 0)
        {
            foreach (ShardTask shard in running)
            {
                shard.Note(LogLevel.Warning, "The shard did not stop when it was told to; the process ends under it.");
            }

            LogEndingUnder(running.Length);
            exitNow(1);
        }
    }

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Second, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                foreach (ShardTask shard in tasks.Values)
                {
                    shard.Flush();
                }

                outbox.Tick();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The executor ends.
        }
    }

    [LoggerMessage(1000, LogLevel.Information, "Subscribed to the agent at {Agent}.")]
    private partial void LogSubscribed(Uri agent);

    [LoggerMessage(1001, LogLevel.Warning, "Not subscribed, trying again: {Reason}")]
    private partial void LogResubscribing(string reason);

    [LoggerMessage(1002, LogLevel.Error, "The agent is lost, this executor ends: {Reason}")]
    private partial void LogAgentLost(string reason);

    [LoggerMessage(1003, LogLevel.Error, "The agent refused this executor: {Reason}")]
    private partial void LogRefused(string reason);

    [LoggerMessage(1004, LogLevel.Information, "Task {TaskId} was launched before; the second launch is ignored.")]
    private partial void LogLaunchedTwice(string taskId);

    [LoggerMessage(1005, LogLevel.Warning, "Task {TaskId} is refused: {Reason}")]
    private partial void LogRefusedTask(string taskId, string reason);

    [LoggerMessage(1006, LogLevel.Information, "Task {TaskId} is not running here; the kill is ignored.")]
    private partial void LogKillUnknown(string taskId);

    [LoggerMessage(1007, LogLevel.Information, "Stopping because {Reason}; {Tasks} tasks are running.")]
    private partial void LogStopping(string reason, int tasks);

    [LoggerMessage(1008, LogLevel.Warning, "{Tasks} tasks did not stop when told to; the process ends under them.")]
    private partial void LogEndingUnder(int tasks);
}
