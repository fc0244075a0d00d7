namespace ElasticJob.Local.Http;

/// <summary>A call is answered with a status other than success and a text that says why.</summary>
internal sealed class CallRefusedException(int statusCode, string message) : Exception(message)
{
    public int StatusCode { get; } = statusCode;
}
