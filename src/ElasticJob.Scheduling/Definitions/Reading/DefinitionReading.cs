namespace ElasticJob.Scheduling.Definitions.Reading;

/// <summary>What a document turned out to be: an app, a job, or a list of all its faults.</summary>
public sealed record DefinitionReading
{
    /// <summary><c>App</c> or <c>Job</c>; absent when the document does not say.</summary>
    public string? Kind { get; init; }

    /// <summary>The name as written; absent when there is none.</summary>
    public string? Name { get; init; }

    /// <summary>The app, when the document is one without faults.</summary>
    public AppDefinition? App { get; init; }

    /// <summary>The job, when the document is one without faults.</summary>
    public JobDefinition? Job { get; init; }

    /// <summary>Every fault; empty exactly when <see cref="App"/> or <see cref="Job"/> is there.</summary>
    public IReadOnlyList<DefinitionFault> Faults { get; init; } = [];
}
