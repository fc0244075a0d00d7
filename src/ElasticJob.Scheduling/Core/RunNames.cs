using System.Globalization;
using ElasticJob.Scheduling.Definitions;

namespace ElasticJob.Scheduling.Core;

/// <summary>
/// Names of runs and tasks. A run is <c>job@20261121T034500Z</c>; with a serial behind a dot where the time alone would not be unique. A task is
/// <c>run_shard_attempt</c>.
/// </summary>
internal static class RunNames
{
    public static string Of(JobName job, DateTimeOffset at, long? serial)
    {
        string format = at.UtcTicks % TimeSpan.TicksPerSecond == 0 || serial is not null ? "yyyyMMdd'T'HHmmss'Z'" : "yyyyMMdd'T'HHmmss.fffffff'Z'";
        string name = $"{job.Value}@{at.UtcDateTime.ToString(format, CultureInfo.InvariantCulture)}";
        return serial is { } number ? string.Create(CultureInfo.InvariantCulture, $"{name}.{number}") : name;
    }

    public static string Task(string run, int shard, int attempt) => string.Create(CultureInfo.InvariantCulture, $"{run}_{shard}_{attempt}");
}
