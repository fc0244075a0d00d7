namespace ElasticJob.Scheduler.Loop;

/// <summary>This scheduler cannot serve the request now.</summary>
/// <param name="message">Why, and what to do.</param>
/// <param name="inner">The cause, if there is one.</param>
public sealed class SchedulerUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
