namespace ElasticJob.Scheduling.Commands;

/// <summary>Who asks, and what the audit log is to say about it.</summary>
/// <param name="Name">The user, token or program; recorded in the events.</param>
public sealed record Actor(string Name)
{
    /// <summary>From which address; absent for the scheduler itself.</summary>
    public string? Remote { get; init; }

    /// <summary>The operation as the API names it, such as <c>removeJob</c>. Absent: the command is no person's deed and leaves no audit entry.</summary>
    public string? Operation { get; init; }

    /// <summary>What the operation is about: the name of a job, an app, a run, a user.</summary>
    public string? Subject { get; init; }

    /// <summary>One of whom nothing but the name is known.</summary>
    public static implicit operator Actor(string name) => new(name);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
