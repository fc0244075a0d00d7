namespace ElasticJob.Scheduling.Commands;

/// <summary>Answer to a command, given after its effect is durable.</summary>
/// <param name="Status">Done, or why not.</param>
/// <param name="Message">For a person; present when refused.</param>
/// <param name="Run">The run that a trigger created.</param>
/// <param name="Changes">What an apply did to each definition.</param>
public sealed record CommandResult(
    CommandStatus Status,
    string? Message = null,
    string? Run = null,
    IReadOnlyList<DefinitionChange>? Changes = null)
{
    /// <summary>Done, with nothing to add.</summary>
    public static readonly CommandResult Done = new(CommandStatus.Done);

    internal static CommandResult Missing(string kind, string name) => new(CommandStatus.NotFound, $"there is no {kind} '{name}'");

    internal static CommandResult Changed(string key, long stored, long expected) =>
        new(CommandStatus.Conflict, stored == 0 ? $"{key} does not exist" : $"{key} is at version {stored}, not {expected}");
}

/// <summary>What an apply did to one definition.</summary>
/// <param name="Kind"><c>app</c> or <c>job</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Change"><c>created</c>, <c>updated</c> or <c>unchanged</c>.</param>
/// <param name="Version">Its version now.</param>
public sealed record DefinitionChange(string Kind, string Name, string Change, long Version);

/// <summary>Kinds of answers to a command.</summary>
public enum CommandStatus
{
    /// <summary>Done.</summary>
    Done,

    /// <summary>There is no such app, job or run.</summary>
    NotFound,

    /// <summary>The state forbids it, or another version is stored than the caller expected.</summary>
    Conflict,

    /// <summary>The request makes no sense.</summary>
    Invalid,
}
