using ElasticJob.Local.Http;

namespace ElasticJob.Local.Master;

/// <summary>A framework as the master knows it.</summary>
internal sealed class FrameworkEntry(FrameworkInfo info)
{
    private const int CompletedTasksKept = 1000;

    public FrameworkInfo Info { get; set; } = info;

    public FrameworkID Id => Info.Id;

    public string? Principal { get; set; }

    /// <summary>Null while no scheduler is subscribed.</summary>
    public EventStream<SchedulerEvent>? Stream { get; set; }

    public HashSet<string> SuppressedRoles { get; } = [];

    public List<RefusalFilter> Filters { get; } = [];

    public Dictionary<OfferID, OfferEntry> Offers { get; } = [];

    public Dictionary<TaskID, TaskEntry> Tasks { get; } = [];

    public Queue<TaskEntry> CompletedTasks { get; } = [];

    public ITimer? HeartbeatTimer { get; set; }

    public ITimer? FailoverTimer { get; set; }

    public bool PartitionAware => Has(FrameworkInfo.Types.Capability.Types.Type.PartitionAware);

    public bool MultiRole => Has(FrameworkInfo.Types.Capability.Types.Type.MultiRole);

    public IReadOnlyList<string> Roles => MultiRole ? [.. Info.Roles.Distinct()] : [Info.Role];

    /// <summary>The state that says "lost" to a framework of this age.</summary>
    public TaskState Lost(TaskState partitionAware) => PartitionAware ? partitionAware : TaskState.TaskLost;

    public void Send(SchedulerEvent message) => Stream?.Send(message);

    public void Complete(TaskEntry task)
    {
        Tasks.Remove(task.Id);
        CompletedTasks.Enqueue(task);
        if (CompletedTasks.Count > CompletedTasksKept)
        {
            CompletedTasks.Dequeue();
        }
    }

    private bool Has(FrameworkInfo.Types.Capability.Types.Type type) => Info.Capabilities.Any(capability => capability.Type == type);
}
