namespace ElasticJob.Local.Fetching;

/// <summary>A file that a command needs could not be put into its sandbox; the message names the URI and the cause.</summary>
internal sealed class FetchFailedException(string message) : Exception(message);
