using ElasticJob.Protocol.Reports;

namespace ElasticJob.Execution;

/// <summary>Makes the record of a failure.</summary>
internal static class Failures
{
    private const int LongestDetail = 8_000;

    public static TaskFailure Of(FailureKind kind, string message) => new() { Kind = kind, Message = message };

    public static TaskFailure Of(Exception exception)
    {
        Exception cause = exception is AggregateException { InnerExceptions.Count: 1 } one ? one.InnerExceptions[0] : exception;
        string detail = cause.ToString();
        return new TaskFailure
        {
            Kind = cause is OutOfMemoryException ? FailureKind.OutOfMemory : FailureKind.Exception,
            Message = cause is TypeInitializationException { InnerException: { } inner } ? $"{cause.Message} {inner.Message}" : cause.Message,
            ExceptionType = cause.GetType().FullName,
            Detail = detail.Length <= LongestDetail ? detail : detail[..LongestDetail],
        };
    }
}
