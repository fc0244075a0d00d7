using ElasticJob.Protocol.Schedules;
using ElasticJob.Scheduling.Definitions;

namespace ElasticJob.Scheduling.Core;

/// <summary>Turns the schedules of a definition into due times. A definition that cannot be compiled any more harms only itself.</summary>
internal static class Compiling
{
    public static void Compile(Job job)
    {
        var schedules = new List<Schedule>();
        job.Fault = null;
        foreach (string text in job.Definition.Schedule)
        {
            if (CronSchedule.TryParse(text, job.Definition.TimeZone, out CronSchedule? cron, out string? fault))
            {
                schedules.Add(cron);
            }
            else
            {
                job.Fault ??= fault;
            }
        }

        if (job.Definition.Every is { } every)
        {
            if (every >= IntervalSchedule.Shortest)
            {
                schedules.Add(new IntervalSchedule(every, job.Record.Anchor));
            }
            else
            {
                job.Fault ??= $"every: {SpokenDuration.Of(every)} is shorter than {SpokenDuration.Of(IntervalSchedule.Shortest)}";
            }
        }

        if (job.Definition.ShardCount is < 1 or > JobDefinition.MostShards)
        {
            job.Fault ??= $"shards.count: {job.Definition.ShardCount} is not between 1 and {JobDefinition.MostShards}";
        }

        job.Schedules = schedules;
    }
}
