using ElasticJob.Protocol.Orders;

namespace ElasticJob.Scheduling.Definitions;

/// <summary>A job: what to do, when, in how many shards, and what to do when things go wrong.</summary>
public sealed record JobDefinition
{
    /// <summary>Most shards that a job may have.</summary>
    public const int MostShards = 10_000;

    /// <summary>Name of the job.</summary>
    public required JobName Name { get; init; }

    /// <summary>The app whose executors run it.</summary>
    public required AppName App { get; init; }

    /// <summary>What each shard does.</summary>
    public required Work Work { get; init; }

    /// <summary>Whether it uses resources only while it runs, or stays up.</summary>
    public JobMode Mode { get; init; }

    /// <summary>Cron expressions, either dialect; their due times are united.</summary>
    public IReadOnlyList<string> Schedule { get; init; } = [];

    /// <summary>A fixed interval, instead of or beside <see cref="Schedule"/>.</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>IANA time zone of <see cref="Schedule"/>; UTC by default.</summary>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>Number of shards, 1 to <see cref="MostShards"/>.</summary>
    public int ShardCount { get; init; } = 1;

    /// <summary>Parameters by shard item.</summary>
    public SortedDictionary<int, string> ShardParameters { get; init; } = [];

    /// <summary>Parameter of the whole job.</summary>
    public string? Parameter { get; init; }

    /// <summary>What one shard needs; 0.1 CPU and 32 MiB by default.</summary>
    public Resources Resources { get; init; } = Resources.Of(0.1, 32);

    /// <summary>What to do when things overlap, are late or fail.</summary>
    public JobPolicy Policy { get; init; } = new();

    /// <summary>Higher goes first when resources are short; 0 by default, −1000 to 1000.</summary>
    public int Priority { get; init; }

    /// <summary>Where it may run.</summary>
    public Placement Placement { get; init; } = new();

    /// <summary>Whether it may start.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>For people.</summary>
    public string? Description { get; init; }
}

/// <summary>How a job uses resources.</summary>
public enum JobMode
{
    /// <summary>Only while a run is going on.</summary>
    Transient,

    /// <summary>All the time; its schedule fires inside the executor.</summary>
    Resident,
}
