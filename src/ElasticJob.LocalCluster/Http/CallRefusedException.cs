namespace ElasticJob.Local.Http;

/// <summary>A call is answered with a status other than success and a text that says why.</summary>
internal sealed class CallRefusedException(int statusCode, string message) : Exception(message)
{
    public int StatusCode { get; } = statusCode;

    /// <summary>A call of <paramref name="api"/> lacks a part.</summary>
    public static CallRefusedException Missing(string api, string part) =>
        new(400, $"Failed to validate {api}::Call: Expecting '{part}' to be present.");
}
