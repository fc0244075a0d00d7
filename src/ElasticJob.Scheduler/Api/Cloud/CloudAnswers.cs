namespace ElasticJob.Scheduler.Api.Cloud;

/// <summary>An app as ElasticJob Cloud shows it.</summary>
internal sealed record CloudApp
{
    public required string AppName { get; init; }

    public required string AppURL { get; init; }

    public required string BootstrapScript { get; init; }

    public required double CpuCount { get; init; }

    public required double MemoryMB { get; init; }

    public bool AppCacheEnable { get; init; } = true;

    public int EventTraceSamplingCount { get; init; }
}

/// <summary>A job as ElasticJob Cloud shows it, with the members of 2.x and of 3.x.</summary>
internal sealed record CloudJob
{
    public required string JobName { get; init; }

    public required string AppName { get; init; }

    public string? JobClass { get; init; }

    public required string JobType { get; init; }

    public required string JobExecutionType { get; init; }

    public required string Cron { get; init; }

    public required int ShardingTotalCount { get; init; }

    public required string ShardingItemParameters { get; init; }

    public required string JobParameter { get; init; }

    public required double CpuCount { get; init; }

    public required double MemoryMB { get; init; }

    public required bool Failover { get; init; }

    public required bool Misfire { get; init; }

    public required bool StreamingProcess { get; init; }

    public required string ScriptCommandLine { get; init; }

    public required string Description { get; init; }

    public required bool Disabled { get; init; }

    public required IReadOnlyDictionary<string, string> Props { get; init; }
}

/// <summary>A task that runs.</summary>
internal sealed record CloudTask(string Id, CloudTaskInfo MetaInfo, string Type, string SlaveId, bool Idle);

/// <summary>The job of a task, and its shards (always one).</summary>
internal sealed record CloudTaskInfo(string JobName, IReadOnlyList<int> ShardingItems);

/// <summary>A job that waits, and how many times it is due.</summary>
internal sealed record CloudReadyTask(string JobName, string Times);

/// <summary>A shard that waits to be run again elsewhere.</summary>
internal sealed record CloudFailoverTask(CloudTaskInfo TaskInfo, string OriginalTaskId);

/// <summary>A page of a report.</summary>
internal sealed record CloudRows<T>(long Total, IReadOnlyList<T> Rows);

/// <summary>Results of tasks in one step, or in a longer time.</summary>
internal sealed record CloudTaskResults(long SuccessCount, long FailedCount, string StatisticInterval, DateTimeOffset StatisticsTime);

/// <summary>How many went on at a time.</summary>
internal sealed record CloudRunning(long RunningCount, DateTimeOffset StatisticsTime);

/// <summary>How many jobs were registered at the end of a day.</summary>
internal sealed record CloudRegistered(long RegisteredCount, DateTimeOffset StatisticsTime);

/// <summary>Jobs by type.</summary>
internal sealed record CloudJobTypes(int ScriptJobCount, int SimpleJobCount, int DataflowJobCount, int HttpJobCount);

/// <summary>Jobs by execution type.</summary>
internal sealed record CloudExecutionTypes(int TransientJobCount, int DaemonJobCount);

/// <summary>Where an executor keeps its files.</summary>
internal sealed record CloudSandbox(string Hostname, string Path);

/// <summary>Body of the login.</summary>
internal sealed record CloudLoginRequest(string? Username = null, string? Password = null);

/// <summary>Answer to the login.</summary>
internal sealed record CloudLoginAnswer(string AccessToken);
