namespace ElasticJob.Local.Http;

/// <summary>JSON that is well formed but is not the message that was expected.</summary>
internal sealed class InvalidJsonException(string message) : Exception(message);
