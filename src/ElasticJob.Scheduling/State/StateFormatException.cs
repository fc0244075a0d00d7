namespace ElasticJob.Scheduling.State;

/// <summary>A durable record is not what this version can read.</summary>
/// <param name="message">Which record, and what is wrong with it.</param>
/// <param name="inner">The cause.</param>
public sealed class StateFormatException(string message, Exception? inner = null) : Exception(message, inner);
