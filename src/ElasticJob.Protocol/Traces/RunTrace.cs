using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace ElasticJob.Protocol.Traces;

/// <summary>
/// The identities of a run's trace (W3C Trace Context). They follow from the names of run and task alone, so whoever knows a name knows the trace: the core
/// that writes an order, a scheduler that took over, a person with a run in hand.
/// </summary>
public static class RunTrace
{
    /// <summary>Id of the trace of a run.</summary>
    public static ActivityTraceId TraceOf(string run) => ActivityTraceId.CreateFromBytes(Digest("run", run).AsSpan(0, 16));

    /// <summary>Id of the span of a run: from its due time to its end.</summary>
    public static ActivitySpanId RunSpanOf(string run) => ActivitySpanId.CreateFromBytes(Digest("run", run).AsSpan(16, 8));

    /// <summary>Id of the span of one attempt at a shard, the parent of what the executor does.</summary>
    public static ActivitySpanId TaskSpanOf(string task) => ActivitySpanId.CreateFromBytes(Digest("task", task).AsSpan(0, 8));

    /// <summary>Whether a run is among the share of runs that are traced.</summary>
    /// <param name="run">The run.</param>
    /// <param name="ratio">The share, 0 (none) to 1 (all).</param>
    public static bool IsSampled(string run, double ratio) =>
        ratio >= 1 || (ratio > 0 && BinaryPrimitives.ReadUInt64BigEndian(Digest("run", run).AsSpan(24, 8)) < ratio * ulong.MaxValue);

    /// <summary>The header <c>traceparent</c> for the executor of a task.</summary>
    /// <param name="run">The run.</param>
    /// <param name="task">The task.</param>
    /// <param name="ratio">The share of runs that are traced, 0 to 1; the others carry their identity with the flag "not recorded".</param>
    public static string ParentOf(string run, string task, double ratio) =>
        $"00-{TraceOf(run).ToHexString()}-{TaskSpanOf(task).ToHexString()}-{(IsSampled(run, ratio) ? "01" : "00")}";

    private static byte[] Digest(string kind, string name) => SHA256.HashData(Encoding.UTF8.GetBytes($"{kind}/{name}"));
}
