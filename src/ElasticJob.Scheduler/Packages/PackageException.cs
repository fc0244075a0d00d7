namespace ElasticJob.Scheduler.Packages;

/// <summary>A package cannot be used.</summary>
/// <param name="message">Why, and what to do.</param>
/// <param name="inner">The cause, if there is one.</param>
public sealed class PackageException(string message, Exception? inner = null) : Exception(message, inner);
