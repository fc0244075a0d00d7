namespace ElasticJob.Scheduler.Api.Documents;

/// <summary>A text is not YAML or JSON.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="line">Line, from 1; 0 when it has no place.</param>
/// <param name="column">Column, from 1.</param>
public sealed class DocumentTextException(string message, long line = 0, long column = 0)
    : Exception(line > 0 ? $"line {line}, column {column}: {message}" : message)
{
    /// <summary>Line, from 1; 0 when it has no place.</summary>
    public long Line { get; } = line;

    /// <summary>Column, from 1.</summary>
    public long Column { get; } = column;
}
