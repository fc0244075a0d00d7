using System.Threading.Channels;
using ElasticJob.Mesos.Errors;
using ElasticJob.Mesos.V1;
using ElasticJob.Mesos.V1.Executor;
using ElasticJob.Protocol;
using ElasticJob.Protocol.Reports;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using TaskStatus = ElasticJob.Mesos.V1.TaskStatus;

namespace ElasticJob.Executor;

/// <summary>
/// The status updates that the agent has not acknowledged. Per task one is under way at a time, so that they arrive in order; what is
/// posted meanwhile waits, and neighbours of the same state become one. An update is sent again, with the same uuid, after a new
/// subscription and after a while without answer, until it is acknowledged.
/// </summary>
internal sealed partial class StatusOutbox(Func<Call, CancellationToken, ValueTask> send, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);
    private readonly Channel<Entry> ready = Channel.CreateUnbounded<Entry>(new UnboundedChannelOptions { SingleReader = true });
    private TaskCompletionSource? settled;

    /// <summary>Starts the account of a task.</summary>
    public void Open(TaskInfo task)
    {
        lock (gate)
        {
            entries.TryAdd(task.TaskId.Value, new Entry(task));
        }
    }

    /// <summary>Posts the next update of a task; after a terminal one nothing more is taken.</summary>
    public void Post(string taskId, TaskState state, TaskReport? report, string? message = null)
    {
        lock (gate)
        {
            if (!entries.TryGetValue(taskId, out Entry? entry) || entry.Ended)
            {
                return;
            }

            var update = new Waiting(state, report, message, time.GetUtcNow());
            Waiting? last = entry.Waiting.Last?.Value;
            if (last is not null && !IsTerminal(state) && (last.State == state || last.State == TaskState.TaskStarting))
            {
                entry.Waiting.Last!.Value = update with { Report = TaskReports.Join(last.Report, report), Message = message ?? last.Message };
            }
            else
            {
                entry.Waiting.AddLast(update);
            }

            entry.Ended = IsTerminal(state);
            if (entry.UnderWay is null)
            {
                ready.Writer.TryWrite(entry);
            }
        }
    }

    /// <summary>Takes the agent's word that it has an update.</summary>
    public void Acknowledge(string taskId, ByteString uuid)
    {
        lock (gate)
        {
            if (!entries.TryGetValue(taskId, out Entry? entry) || entry.UnderWay?.Uuid != uuid)
            {
                return;
            }

            entry.Acknowledged = true;
            entry.UnderWay = null;
            if (entry.Waiting.Count > 0)
            {
                ready.Writer.TryWrite(entry);
            }
            else if (entry.Ended)
            {
                entries.Remove(taskId);
                Notify();
            }
        }
    }

    /// <summary>What a new subscription tells the agent: updates it may not have, and tasks it has heard nothing about.</summary>
    public Call.Types.Subscribe Unacknowledged()
    {
        var subscribe = new Call.Types.Subscribe();
        lock (gate)
        {
            foreach (Entry entry in entries.Values)
            {
                if (entry.UnderWay is { } status)
                {
                    subscribe.UnacknowledgedUpdates.Add(new Call.Types.Update { Status = status });
                    entry.Missed = false;
                }

                if (!entry.Acknowledged)
                {
                    subscribe.UnacknowledgedTasks.Add(entry.Task);
                }
            }
        }

        return subscribe;
    }

    /// <summary>Sends again what could not be sent while there was no subscription.</summary>
    public void Subscribed() => Resend(entry => entry.Missed);

    /// <summary>Sends again what has had no answer for long.</summary>
    public void Tick() => Resend(entry => time.GetElapsedTime(entry.SentAt) >= AnswerPatience);

    /// <summary>Completes when the terminal updates of all tasks that have ended are acknowledged.</summary>
    public Task EndedTasksAcknowledgedAsync()
    {
        lock (gate)
        {
            settled ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Task task = settled.Task;
            Notify();
            return task;
        }
    }

    /// <summary>Sends until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (Entry entry in ready.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                if (Next(entry) is { } status)
                {
                    await SendAsync(entry, status, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The executor ends.
        }
    }

    private static bool IsTerminal(TaskState state) => state is TaskState.TaskFinished or TaskState.TaskFailed or TaskState.TaskKilled
        or TaskState.TaskError or TaskState.TaskLost or TaskState.TaskDropped or TaskState.TaskGone or TaskState.TaskGoneByOperator;

    private void Notify()
    {
        if (settled is not null && !entries.Values.Any(entry => entry.Ended))
        {
            settled.SetResult();
            settled = null;
        }
    }

    private void Resend(Func<Entry, bool> wanted)
    {
        lock (gate)
        {
            foreach (Entry entry in entries.Values)
            {
                if (entry.UnderWay is not null && wanted(entry))
                {
                    entry.Again = true;
                    ready.Writer.TryWrite(entry);
                }
            }
        }
    }

    private TaskStatus? Next(Entry entry)
    {
        lock (gate)
        {
            if (entry.UnderWay is not null && !entry.Again)
            {
                return null;
            }

            if (entry.UnderWay is null)
            {
                if (entry.Waiting.First is not { } first)
                {
                    return null;
                }

                entry.Waiting.RemoveFirst();
                entry.UnderWay = Status(entry.Task, first.Value);
            }

            entry.Again = false;
            entry.Missed = false;
            entry.SentAt = time.GetTimestamp();
            return entry.UnderWay;
        }
    }

    private async Task SendAsync(Entry entry, TaskStatus status, CancellationToken cancellationToken)
    {
        try
        {
            await send(
                new Call { Type = Call.Types.Type.Update, Update = new Call.Types.Update { Status = status } },
                cancellationToken).ConfigureAwait(false);
        }
        catch (MesosException e)
        {
            LogNotSent(status.TaskId.Value, status.State, e.Message);
            lock (gate)
            {
                entry.Missed = true;
            }
        }
    }

    private static TaskStatus Status(TaskInfo task, Waiting update)
    {
        var status = new TaskStatus
        {
            TaskId = task.TaskId,
            State = update.State,
            Source = TaskStatus.Types.Source.Executor,
            Timestamp = (update.At - DateTimeOffset.UnixEpoch).TotalSeconds,
            Uuid = ByteString.CopyFrom(Guid.NewGuid().ToByteArray()),
        };
        if (update.Message is not null)
        {
            status.Message = update.Message;
        }

        if (update.Report is not null)
        {
            status.Data = UnsafeByteOperations.UnsafeWrap(ProtocolJson.Write(update.Report));
        }

        return status;
    }

    [LoggerMessage(1010, LogLevel.Warning, "The update {State} of task {TaskId} was not delivered and will be sent again: {Reason}")]
    private partial void LogNotSent(string taskId, TaskState state, string reason);

    private sealed record Waiting(TaskState State, TaskReport? Report, string? Message, DateTimeOffset At);

    private sealed class Entry(TaskInfo task)
    {
        public TaskInfo Task { get; } = task;

        public LinkedList<Waiting> Waiting { get; } = new();

        public TaskStatus? UnderWay { get; set; }

        public long SentAt { get; set; }

        /// <summary>Whether the agent has acknowledged anything about the task yet.</summary>
        public bool Acknowledged { get; set; }

        /// <summary>Whether a terminal update was posted.</summary>
        public bool Ended { get; set; }

        /// <summary>Whether the last attempt to send it failed.</summary>
        public bool Missed { get; set; }

        /// <summary>Whether it is to be sent although it is under way.</summary>
        public bool Again { get; set; }
    }
}
