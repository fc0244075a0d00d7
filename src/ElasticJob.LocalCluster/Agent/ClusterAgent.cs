using ElasticJob.Local.Fetching;
using ElasticJob.Local.Messaging;
using ElasticJob.Local.Processes;
using ElasticJob.Local.Resources;

namespace ElasticJob.Local.Agent;

/// <summary>
/// An agent: executors, their tasks and the updates that wait for acknowledgement. All of it is touched by one loop only, that of
/// <see cref="Mailbox"/>. What must survive a crash is in a journal per executor before anybody is told of it.
/// </summary>
internal sealed partial class ClusterAgent : IAsyncDisposable
{
    private readonly LocalClusterOptions _options;
    private readonly ILogger _logger;
    private readonly Fetcher _fetcher;
    private readonly AgentDirectories _directories;
    private readonly Dictionary<(FrameworkID Framework, ExecutorID Executor), ExecutorEntry> _executors = [];
    private readonly Queue<ExecutorEntry> _completedExecutors = [];
    private readonly HashSet<Task> _launches = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly ResourceSum _total;
    private readonly ResourceSum _used = new();
    private readonly HashSet<string> _toSweep = [];
    private Task _sweep = Task.CompletedTask;
    private bool _sweeping;
    private TaskCompletionSource? _allEnded;
    private AgentConnection? _connection;
    private bool _closed;

    public ClusterAgent(LocalClusterOptions options, int index, AgentInfo info, Fetcher fetcher)
    {
        _options = options;
        _fetcher = fetcher;
        Info = info;
        _logger = options.LoggerFactory.CreateLogger("ElasticJob.LocalCluster.Agent");
        _total = ResourceSum.Of(info.Resources);
        _directories = new AgentDirectories(options.WorkDirectory, index, info.Id.Value);
        Directory.CreateDirectory(_directories.Journals);
        Directory.CreateDirectory(_directories.Root);
        Mailbox = new Mailbox(() => { }, _logger);
    }

    public Mailbox Mailbox { get; }

    public AgentInfo Info { get; }

    public string SandboxRoot => _directories.Root;

    /// <summary>Connects to a master, with everything that is alive here; an earlier connection ends.</summary>
    public Task ConnectAsync(Action<ToMaster> master) => Mailbox.AskAsync(() =>
    {
        _connection?.Dispose();
        _connection = new AgentConnection(_options, Info.Id.Value, master, message => Mailbox.Post(() => Receive(message)));
        _connection.Send(Registration(_connection));
        return true;
    });

    /// <summary>Stops; with <paramref name="endExecutors"/> every executor is asked to end, and killed if it does not.</summary>
    public async Task StopAsync(bool endExecutors)
    {
        if (_closed)
        {
            return;
        }

        if (endExecutors)
        {
            Task ended = await Mailbox.AskAsync(EndAll).ConfigureAwait(false);
            await ended.ConfigureAwait(false);
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(await Mailbox.AskAsync(() => _launches.ToArray()).ConfigureAwait(false)).ConfigureAwait(false);
        await (await Mailbox.AskAsync(() => _sweep).ConfigureAwait(false)).ConfigureAwait(false);
        _ = await Mailbox.AskAsync(() => _closed = true).ConfigureAwait(false);
        _connection?.Dispose();
        await Mailbox.DisposeAsync().ConfigureAwait(false);
        foreach (ExecutorEntry executor in _executors.Values)
        {
            executor.Stream?.Close();
            executor.Timer?.Dispose();
            executor.Journal.Dispose();
            foreach (AgentTask task in executor.Tasks.Values)
            {
                task.RetryTimer?.Dispose();
            }
        }

        if (endExecutors)
        {
            ProcessSweep.Kill(path => path.StartsWith(_directories.Root + "/", StringComparison.Ordinal));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_closed)
        {
            await StopAsync(endExecutors: true).ConfigureAwait(false);
        }

        _stopping.Dispose();
    }

    private RegisterAgent Registration(AgentConnection connection) => new(
        Info,
        connection,
        [.. _executors.Values.Select(executor => executor.Framework).DistinctBy(framework => framework.Id)],
        [.. _executors.Values.Where(executor => !executor.IsCommand && executor.State != ExecutorState.Terminated).Select(executor => executor.Info)],
        [.. _executors.Values.SelectMany(executor => executor.Tasks.Values.Select(task =>
            new AgentTaskState(executor.Framework.Id, task.Info, task.Latest, !task.Delivered)))]);

    /// <summary>Tells the master; while there is none, the next registration tells what is true.</summary>
    private void Tell(ToMaster message) => _connection?.Send(message);

    private Task EndAll()
    {
        _allEnded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (ExecutorEntry executor in _executors.Values.ToList())
        {
            executor.Verdict ??= (TaskState.TaskKilled, TaskStatus.Types.Reason.AgentDisconnected, "The cluster was stopped");
            End(executor);
        }

        CheckAllEnded();
        return _allEnded.Task;
    }

    private void CheckAllEnded()
    {
        if (_allEnded is not null && _executors.Values.All(executor => executor.State == ExecutorState.Terminated))
        {
            _allEnded.TrySetResult();
        }
    }

    private void Receive(ToAgent message)
    {
        switch (message)
        {
            case RunTask run: Run(run); break;
            case KillTask kill: Kill(kill); break;
            case ShutdownExecutor shutdown: Shutdown(shutdown); break;
            case ShutdownFramework shutdown: Shutdown(shutdown); break;
            case AcknowledgeStatus acknowledge: Acknowledged(acknowledge); break;
            case MessageToExecutor data: Deliver(data); break;
            case FrameworkConnected connected: Connected(connected.Framework); break;
            default: throw new InvalidOperationException($"The agent does not know the message {message.GetType().Name}.");
        }
    }

    /// <summary>A status of the agent's own.</summary>
    private TaskStatus AgentStatus(ExecutorEntry executor, TaskID task, TaskState state, TaskStatus.Types.Reason? reason, string? message)
    {
        var status = new TaskStatus
        {
            TaskId = task,
            State = state,
            Source = TaskStatus.Types.Source.Agent,
            AgentId = Info.Id,
            ExecutorId = executor.Id,
            Timestamp = Now(),
            Uuid = NewUuid(),
        };
        if (reason is { } known)
        {
            status.Reason = known;
        }

        if (message is not null)
        {
            status.Message = message;
        }

        return status;
    }

    private double Now() => _options.Time.GetUtcNow().ToUnixTimeMilliseconds() / 1000d;

    private static Google.Protobuf.ByteString NewUuid() => Google.Protobuf.ByteString.CopyFrom(Guid.NewGuid().ToByteArray());

    private static bool PartitionAware(FrameworkInfo framework) =>
        framework.Capabilities.Any(one => one.Type == FrameworkInfo.Types.Capability.Types.Type.PartitionAware);

    private static TaskState Lost(FrameworkInfo framework, TaskState partitionAware) => PartitionAware(framework) ? partitionAware : TaskState.TaskLost;
}
