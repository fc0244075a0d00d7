using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Events;

/// <summary>Which runs; what is absent does not restrict.</summary>
public sealed record RunFilter
{
    /// <summary>Of this job.</summary>
    public string? Job { get; init; }

    /// <summary>With this outcome.</summary>
    public Outcome? Outcome { get; init; }

    /// <summary>In this state; the store knows ready, running and finished.</summary>
    public RunState? State { get; init; }

    /// <summary>Started for this reason.</summary>
    public Trigger? Trigger { get; init; }

    /// <summary>Created at or after.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Created before.</summary>
    public DateTimeOffset? Until { get; init; }
}

/// <summary>Which rows of the ledger of a job.</summary>
public sealed record LedgerFilter
{
    /// <summary>The job.</summary>
    public required string Job { get; init; }

    /// <summary>Due at or after; a range counts when its last due time is.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Due before; a range counts when its first due time is.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Whether manual runs are listed between the due times.</summary>
    public bool IncludeManual { get; init; }
}

/// <summary>Which events; what is absent does not restrict.</summary>
public sealed record EventFilter
{
    /// <summary>Of these kinds; empty means all.</summary>
    public IReadOnlyList<EventKind> Kinds { get; init; } = [];

    /// <summary>Of this job.</summary>
    public string? Job { get; init; }

    /// <summary>Of this run.</summary>
    public string? Run { get; init; }

    /// <summary>After this sequence.</summary>
    public long? After { get; init; }
}

/// <summary>Which executions of resident shards.</summary>
public sealed record ExecutionFilter
{
    /// <summary>The job.</summary>
    public required string Job { get; init; }

    /// <summary>Due at or after.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Due before.</summary>
    public DateTimeOffset? Until { get; init; }
}

/// <summary>Which entries of the audit log; what is absent does not restrict.</summary>
public sealed record AuditFilter
{
    /// <summary>Done by.</summary>
    public string? Actor { get; init; }

    /// <summary>This operation, such as <c>removeJob</c>.</summary>
    public string? Operation { get; init; }

    /// <summary>About this.</summary>
    public string? Subject { get; init; }

    /// <summary>Only refused ones, or only those that were not.</summary>
    public bool? Refused { get; init; }

    /// <summary>At or after.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Before.</summary>
    public DateTimeOffset? Until { get; init; }
}
