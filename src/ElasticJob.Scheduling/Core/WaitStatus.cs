using System.Globalization;

namespace ElasticJob.Scheduling.Core;

/// <summary>The status of <c>waitpid(2)</c> in words.</summary>
internal static class WaitStatus
{
    private const int SignalMask = 0x7f;

    public static string? Describe(int? status) => status switch
    {
        null => null,
        { } s when (s & SignalMask) == 0 => string.Create(CultureInfo.InvariantCulture, $"it exited with code {(s >> 8) & 0xff}"),
        { } s => string.Create(CultureInfo.InvariantCulture, $"signal {s & SignalMask} ended it"),
    };
}
