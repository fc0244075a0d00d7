using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace ElasticJob.Scheduler.Observability;

/// <summary>
/// Gives a span an id that was told to somebody before the span was made: the executor's spans name the task's span as their parent, and it is made when the
/// task has ended, perhaps by another scheduler. <see cref="Activity"/> has no way to say so, and the exporter sends nothing else than activities; a test
/// holds the exported id against the told one.
/// </summary>
internal static class SpanIdentity
{
    public static void Give(Activity span, ActivitySpanId id) => SpanId(span) = id.ToHexString();

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_spanId")]
    private static extern ref string? SpanId(Activity span);
}
