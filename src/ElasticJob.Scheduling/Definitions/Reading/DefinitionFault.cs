namespace ElasticJob.Scheduling.Definitions.Reading;

/// <summary>One fault of a definition.</summary>
/// <param name="Path">Where, such as <c>policy.retry.backoff</c> or <c>schedule[1]</c>; empty for the whole document.</param>
/// <param name="Message">What is wrong, and the mend.</param>
public sealed record DefinitionFault(string Path, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => Path.Length == 0 ? Message : $"{Path}: {Message}";
}
