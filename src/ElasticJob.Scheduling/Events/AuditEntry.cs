using System.Text.Json.Nodes;

namespace ElasticJob.Scheduling.Events;

/// <summary>What the audit log says of one deed; who and when are members of the event.</summary>
public sealed record AuditEntry
{
    /// <summary>From which address; absent for the scheduler itself.</summary>
    public string? Remote { get; init; }

    /// <summary>The operation as the API names it, such as <c>removeJob</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>What it was about, if it has a name.</summary>
    public string? Subject { get; init; }

    /// <summary>Whether it was refused; then it changed nothing.</summary>
    public bool Refused { get; init; }

    /// <summary>What it changed, in order; never a secret.</summary>
    public IReadOnlyList<AuditChange> Changes { get; init; } = [];

    /// <summary>How many further changes are not listed because they are too many.</summary>
    public int Unlisted { get; init; }
}

/// <summary>One thing that was changed.</summary>
/// <param name="Kind"><c>app</c>, <c>job</c>, <c>run</c>, <c>user</c>, <c>token</c>, <c>session</c> or <c>link</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Change"><c>created</c>, <c>updated</c>, <c>removed</c>, <c>triggered</c> or <c>killed</c>.</param>
/// <param name="Differences">Field by field; of something removed none.</param>
public sealed record AuditChange(string Kind, string Name, string Change, IReadOnlyList<FieldDifference> Differences);

/// <summary>One field that differs. Absent means not written: the default holds.</summary>
/// <param name="Path">Where, such as <c>policy.retry.attempts</c>.</param>
/// <param name="Old">Its value before.</param>
/// <param name="New">Its value now.</param>
public sealed record FieldDifference(string Path, JsonNode? Old, JsonNode? New);
