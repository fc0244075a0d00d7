using ElasticJob.Execution;
using ElasticJob.Logs;
using ElasticJob.Mesos.V1;
using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Reports;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Executor;

/// <summary>One task in this process, from its launch to its terminal update.</summary>
internal sealed class ShardTask : IDisposable
{
    private readonly Lock gate = new();
    private readonly TaskOrder order;
    private readonly ShardPlace place;
    private readonly TaskRoom room;
    private readonly CancellationTokenSource stop = new();
    private TaskReport? unsent;
    private TaskFailure? evicted;
    private TaskState state = TaskState.TaskStarting;

    public ShardTask(TaskInfo task, TaskOrder order, ShardPlace place)
    {
        this.order = order;
        this.place = place;
        Id = task.TaskId.Value;
        KillGrace = task.KillPolicy?.GracePeriod is { } grace ? TimeSpan.FromTicks(grace.Nanoseconds / 100) : null;
        LogPath = Path.Combine("tasks", TaskRoom.DirectoryName(Id), "log");
        string directory = Path.Combine(place.Directory, "tasks", TaskRoom.DirectoryName(Id));
        room = new TaskRoom(TaskLog.Open(Path.Combine(directory, "log"), place.Time), place.Directory, directory)
        {
            TraceParent = order.TraceParent,
        };
        Completion = RunAsync();
    }

    public string Id { get; }

    /// <summary>The grace period of the task's own kill policy.</summary>
    public TimeSpan? KillGrace { get; }

    /// <summary>Where the log is, inside the sandbox.</summary>
    public string LogPath { get; }

    /// <summary>Completes when user code has really ended and the terminal update is posted.</summary>
    public Task Completion { get; }

    public bool IsScript => order.Work is ScriptWork;

    /// <summary>Asks the work to end. Reported as killed once it has.</summary>
    public void Kill(TimeSpan grace)
    {
        lock (gate)
        {
            if (stop.IsCancellationRequested || Completion is { IsCompleted: true })
            {
                return;
            }

            state = TaskState.TaskKilling;
            room.KillGrace = grace;
        }

        place.Outbox.Post(Id, TaskState.TaskKilling, null);
        Cancel();
    }

    /// <summary>Asks the work to end because the process has to; reported as failed for that reason once it has.</summary>
    public void Evict(TaskFailure reason, TimeSpan grace)
    {
        lock (gate)
        {
            if (stop.IsCancellationRequested)
            {
                return;
            }

            evicted = reason;
            room.KillGrace = grace;
        }

        Cancel();
    }

    /// <summary>Writes a line about the task into its log.</summary>
    public void Note(LogLevel level, string message) => room.Log.Write(level, "ElasticJob", message, null);

    /// <summary>Posts a message with the current state.</summary>
    public void PostNote(string message)
    {
        lock (gate)
        {
            place.Outbox.Post(Id, state, new TaskReport { Text = message, LastLines = room.Log.LastLines() }, message);
        }
    }

    /// <summary>Posts what was reported since the last time; called at most once a second.</summary>
    public void Flush()
    {
        lock (gate)
        {
            if (unsent is not null && state != TaskState.TaskStarting)
            {
                place.Outbox.Post(Id, state, unsent);
                unsent = null;
            }
        }
    }

    public void Dispose()
    {
        stop.Dispose();
        room.Log.Dispose();
    }

    // On another thread: callbacks that user code registered run here, and may block or throw.
    private void Cancel() => stop.CancelAsync().ContinueWith(
        cancelled => Note(LogLevel.Warning, $"A callback of the CancellationToken threw: {cancelled.Exception!.InnerException?.Message}"),
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);

    private async Task RunAsync()
    {
        place.Outbox.Post(Id, TaskState.TaskStarting, null);
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        place.Router.Enter(room.Log);
        TaskFailure? failure = null;
        bool ended = false;
        try
        {
            failure = place.Work.Check(order.Work, onSchedule: order.Resident is { Schedules.Count: > 0 });
            if (failure is null)
            {
                Running();
                failure = await WorkAsync(stop.Token).ConfigureAwait(false);
            }

            ended = true;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Killed or evicted: told apart below.
        }
        catch (Exception e)
        {
            failure = Failures.Of(e);
        }

        Report(failure, ended);
    }

    private async Task<TaskFailure?> WorkAsync(CancellationToken cancellationToken)
    {
        if (order.Resident is not { Schedules.Count: > 0 } resident)
        {
            return await ExecuteAsync(order.ScheduledAt, order.Trigger, cancellationToken).ConfigureAwait(false);
        }

        var loop = new ResidentLoop(
            resident,
            place.Time,
            async (due, trigger, token) =>
            {
                TaskFailure? failure = await ExecuteAsync(due, trigger, token).ConfigureAwait(false);
                if (failure is not null)
                {
                    room.Log.Write(LogLevel.Error, "ElasticJob", $"The execution due at {due:O} failed: {failure.Message}", null);
                    if (failure.Detail is not null)
                    {
                        room.Log.WriteLines(failure.Detail);
                    }
                }

                return failure;
            },
            (report, upTo) => Remember(new TaskReport { Executions = [report], FiredUpTo = upTo }));
        await loop.RunAsync(cancellationToken).ConfigureAwait(false);
        return null;
    }

    private async Task<TaskFailure?> ExecuteAsync(DateTimeOffset due, Trigger trigger, CancellationToken cancellationToken)
    {
        using ShardSpan span = ShardSpan.Start(order, trigger);
        room.TraceParent = span.TraceParent;
        try
        {
            TaskFailure? failure = await place.Work.RunAsync(order.Work, Context(due, trigger), room, cancellationToken).ConfigureAwait(false);
            span.End(failure?.Message);
            return failure;
        }
        catch (Exception e)
        {
            span.End(e.Message);
            throw;
        }
    }

    private ShardingContext Context(DateTimeOffset due, Trigger trigger) => new()
    {
        JobName = order.Job,
        RunId = order.Run,
        TaskId = Id,
        ScheduledAt = due,
        Trigger = trigger,
        ShardingItem = order.Shard,
        ShardingTotalCount = order.ShardCount,
        ShardingParameter = order.ShardParameter,
        JobParameter = order.JobParameter,
        Attempt = order.Attempt,
        FencingToken = order.FencingToken,
        Logger = new TaskLogger(room.Log, order.Job),
        OnProgress = (fraction, text) => Remember(new TaskReport { Progress = fraction, Text = text }),
    };

    private void Remember(TaskReport report)
    {
        lock (gate)
        {
            unsent = TaskReports.Join(unsent, report);
        }
    }

    private void Running()
    {
        lock (gate)
        {
            if (state == TaskState.TaskStarting)
            {
                state = TaskState.TaskRunning;
                place.Outbox.Post(Id, state, new TaskReport { Sandbox = place.HostDirectory, Log = LogPath });
            }
        }
    }

    private void Report(TaskFailure? failure, bool ended)
    {
        lock (gate)
        {
            // A kill wins over how the code took it: many jobs answer cancellation by returning early, which is not success.
            bool killed = stop.IsCancellationRequested && evicted is null;
            bool pushedOut = evicted is not null && !(ended && failure is null && order.Resident is null);
            failure = pushedOut ? evicted : failure;
            TaskState end = killed ? TaskState.TaskKilled : failure is not null ? TaskState.TaskFailed : TaskState.TaskFinished;
            if (failure is not null)
            {
                room.Log.Write(LogLevel.Error, "ElasticJob", $"{(killed ? "Killed" : "Failed")}: {failure.Message}", null);
                if (failure.Detail is not null)
                {
                    room.Log.WriteLines(failure.Detail);
                }
            }

            var last = new TaskReport
            {
                Sandbox = place.HostDirectory,
                Log = LogPath,
                Failure = failure,
                LastLines = failure is null ? null : room.Log.LastLines(),
            };
            place.Outbox.Post(Id, end, TaskReports.Join(unsent, last), failure?.Message);
            unsent = null;
            state = end;
            room.Log.Dispose();
        }
    }
}
