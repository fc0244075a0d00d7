using System.Text.Json;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.State;

namespace ElasticJob.Scheduling.Core;

/// <summary>
/// Whether two definitions say the same. Compared as they are stored, because records compare the lists inside them by reference.
/// </summary>
internal static class DefinitionEquality
{
    public static bool Same(AppDefinition a, AppDefinition b) => Text(a).AsSpan().SequenceEqual(Text(b));

    public static bool Same(JobDefinition a, JobDefinition b) => Text(a).AsSpan().SequenceEqual(Text(b));

    public static bool SameSchedule(JobDefinition a, JobDefinition b) =>
        a.Every == b.Every && a.TimeZone == b.TimeZone && a.Schedule.SequenceEqual(b.Schedule);

    private static byte[] Text(AppDefinition definition) => JsonSerializer.SerializeToUtf8Bytes(definition, StateJson.Default.AppDefinition);

    private static byte[] Text(JobDefinition definition) => JsonSerializer.SerializeToUtf8Bytes(definition, StateJson.Default.JobDefinition);
}
