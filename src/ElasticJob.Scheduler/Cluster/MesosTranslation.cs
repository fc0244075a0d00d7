using System.Text.Json;
using ElasticJob.Mesos.V1;
using ElasticJob.Protocol;
using ElasticJob.Protocol.Reports;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Definitions;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using CoreOffer = ElasticJob.Scheduling.Cluster.Offer;
using CoreState = ElasticJob.Scheduling.Cluster.TaskState;
using MesosState = ElasticJob.Mesos.V1.TaskState;
using TaskStatus = ElasticJob.Mesos.V1.TaskStatus;

namespace ElasticJob.Scheduler.Cluster;

/// <summary>Between the core's words and Mesos'.</summary>
internal static class MesosTranslation
{
    private static readonly EnumDescriptor Reasons = TaskStatus.Descriptor.EnumTypes.Single(e => e.Name == nameof(TaskStatus.Types.Reason));

    public static CoreOffer ToCore(Mesos.V1.Offer offer) => new()
    {
        Id = offer.Id.Value,
        Agent = offer.AgentId.Value,
        Hostname = offer.Hostname,
        Address = offer.Url?.Address is { } address ? Authority(address.HasIp && address.Ip.Length > 0 ? address.Ip : address.Hostname, address.Port) : Authority(offer.Hostname, 5051),
        Resources = OfferedResources.Usable(offer.Resources),
        Attributes = AttributesOf(offer),
        Executors = [.. offer.ExecutorIds.Select(e => e.Value)],
        UnavailableFrom = offer.Unavailability is { } away ? DateTimeOffset.UnixEpoch.AddTicks(away.Start.Nanoseconds / 100) : null,
    };

    public static TaskUpdate ToCore(TaskStatus status) => new()
    {
        Task = status.TaskId.Value,
        State = ToCore(status.State),
        Agent = status.AgentId?.Value,
        Executor = status.ExecutorId?.Value,
        Source = status.HasSource
            ? status.Source switch
            {
                TaskStatus.Types.Source.Master => "master",
                TaskStatus.Types.Source.Agent => "agent",
                _ => "executor",
            }
            : null,
        Reason = status.HasReason ? ReasonName(status.Reason) : null,
        Message = status.HasMessage && status.Message.Length > 0 ? status.Message : null,
        Uuid = status.HasUuid && !status.Uuid.IsEmpty ? status.Uuid.ToBase64() : null,
        Report = Report(status),
        At = status.HasTimestamp ? Time(status.Timestamp) : null,
    };

    public static ExecutorInfo ToMesos(ExecutorSpec spec, FrameworkID framework, IEnumerable<Resource> resources, MesosDriverOptions options)
    {
        AppDefinition app = spec.App;
        var command = new CommandInfo { Shell = true, Value = app.Command ?? options.RunnerCommand, Environment = new Mesos.V1.Environment() };
        foreach ((string name, EnvironmentValue value) in app.Environment)
        {
            command.Environment.Variables.Add(ToMesos(name, value));
        }

        if (app.Stored is { } package)
        {
            command.Uris.Add(new CommandInfo.Types.URI { Value = package.Uri, Extract = true, Cache = true });
        }

        var info = new ExecutorInfo
        {
            Type = ExecutorInfo.Types.Type.Custom,
            ExecutorId = new ExecutorID { Value = spec.Id },
            FrameworkId = framework,
            Name = app.Name.Value,
            Command = command,
            ShutdownGracePeriod = new DurationInfo { Nanoseconds = options.ShutdownGrace.Ticks * 100 },
        };
        info.Resources.AddRange(resources);
        if (app.Image is { } image)
        {
            info.Container = new ContainerInfo
            {
                Type = ContainerInfo.Types.Type.Mesos,
                Mesos = new ContainerInfo.Types.MesosInfo
                {
                    Image = new Image { Type = Image.Types.Type.Docker, Docker = new Image.Types.Docker { Name = image } },
                },
            };
        }

        return info;
    }

    public static TaskInfo ToMesos(TaskLaunch launch, string agent, ExecutorInfo executor, IEnumerable<Resource> resources)
    {
        var task = new TaskInfo
        {
            Name = $"{launch.Order.Job} {launch.Order.Shard}/{launch.Order.ShardCount}",
            TaskId = new TaskID { Value = launch.Task },
            AgentId = new AgentID { Value = agent },
            Executor = executor,
            Data = UnsafeByteOperations.UnsafeWrap(ProtocolJson.Write(launch.Order)),
            KillPolicy = new KillPolicy { GracePeriod = new DurationInfo { Nanoseconds = launch.KillGrace.Ticks * 100 } },
        };
        task.Resources.AddRange(resources);
        return task;
    }

    private static Mesos.V1.Environment.Types.Variable ToMesos(string name, EnvironmentValue value)
    {
        string? reference = value.FromFile is { } file ? $"file:{file}" : value.FromEnv is { } variable ? $"env:{variable}" : null;
        return reference is null
            ? new Mesos.V1.Environment.Types.Variable { Name = name, Value = value.Value ?? "" }
            : new Mesos.V1.Environment.Types.Variable
            {
                Name = name,
                Type = Mesos.V1.Environment.Types.Variable.Types.Type.Secret,
                Secret = new Secret { Type = Secret.Types.Type.Reference, Reference = new Secret.Types.Reference { Name = reference } },
            };
    }

    private static CoreState ToCore(MesosState state) => state switch
    {
        MesosState.TaskStaging => CoreState.Staging,
        MesosState.TaskStarting => CoreState.Starting,
        MesosState.TaskRunning => CoreState.Running,
        MesosState.TaskKilling => CoreState.Killing,
        MesosState.TaskFinished => CoreState.Finished,
        MesosState.TaskFailed => CoreState.Failed,
        MesosState.TaskKilled => CoreState.Killed,
        MesosState.TaskError => CoreState.Error,
        MesosState.TaskLost => CoreState.Lost,
        MesosState.TaskDropped => CoreState.Dropped,
        MesosState.TaskUnreachable => CoreState.Unreachable,
        MesosState.TaskGone => CoreState.Gone,
        MesosState.TaskGoneByOperator => CoreState.GoneByOperator,
        MesosState.TaskUnknown => CoreState.Unknown,
        _ => CoreState.Unknown,
    };

    /// <summary>The name on the wire, such as <c>REASON_EXECUTOR_TERMINATED</c>.</summary>
    private static string ReasonName(TaskStatus.Types.Reason reason) => Reasons.FindValueByNumber((int)reason)?.Name ?? $"REASON_{(int)reason}";

    private static TaskReport? Report(TaskStatus status)
    {
        if (!status.HasData || status.Data.IsEmpty)
        {
            return null;
        }

        try
        {
            return ProtocolJson.ReadReport(status.Data.Span);
        }
        catch (JsonException)
        {
            // An executor that is not ours may put anything there; the state still counts.
            return null;
        }
    }

    private static string Authority(string host, int port) => host.Contains(':') && host[0] != '[' ? $"[{host}]:{port}" : $"{host}:{port}";

    /// <summary>A name may come several times, and then has all the values, as a set has.</summary>
    private static Dictionary<string, string> AttributesOf(Mesos.V1.Offer offer) =>
        offer.Attributes.GroupBy(a => a.Name, Text, StringComparer.Ordinal).ToDictionary(a => a.Key, a => string.Join(',', a), StringComparer.Ordinal);

    /// <summary>Null for what is no time: a status must not fail on it.</summary>
    private static DateTimeOffset? Time(double seconds) =>
        seconds >= 0 && seconds < (DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch).TotalSeconds - 1 ? DateTimeOffset.UnixEpoch.AddSeconds(seconds) : null;

    private static string Text(Mesos.V1.Attribute attribute) => attribute.Type switch
    {
        Value.Types.Type.Scalar => attribute.Scalar.Value.ToString(System.Globalization.CultureInfo.InvariantCulture),
        Value.Types.Type.Text => attribute.Text.Value,
        Value.Types.Type.Set => string.Join(',', attribute.Set.Item),
        _ => string.Join(',', attribute.Ranges.Range.Select(r => $"{r.Begin}-{r.End}")),
    };
}
