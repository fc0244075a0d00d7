using ElasticJob.Protocol.Orders;

namespace ElasticJob.Scheduling.Definitions.Reading;

/// <summary>Reads <c>policy</c> of a job.</summary>
internal static class PolicyReader
{
    public static JobPolicy Read(Section parent, JobMode mode)
    {
        var standard = new JobPolicy();
        if (parent.Below("policy") is not { } section)
        {
            return standard;
        }

        OverlapPolicy overlap = section.Choice("overlap", standard.Overlap);
        TimeSpan? timeout = section.Duration("timeout", TimeSpan.FromSeconds(1), JobReader.Longest);
        if (mode == JobMode.Resident)
        {
            if (timeout is not null)
            {
                section.Fault("timeout", "a resident job stays up, so a time limit for its run makes no sense; remove it, or make the job transient");
            }

            if (overlap is OverlapPolicy.QueueAll or OverlapPolicy.Replace or OverlapPolicy.Allow)
            {
                section.Fault("overlap", $"a resident shard fires one at a time, so '{Section.NameOf(overlap)}' makes no sense; use forbid or queueOne, or make the job transient");
            }
        }

        var policy = new JobPolicy
        {
            Misfire = section.Choice("misfire", standard.Misfire),
            CatchUpWindow = section.Duration("catchUpWindow", TimeSpan.Zero, JobReader.Longest) ?? standard.CatchUpWindow,
            Overlap = overlap,
            Failover = section.Flag("failover", standard.Failover),
            Retry = ReadRetry(section),
            Timeout = timeout,
            Launch = section.Choice("launch", standard.Launch),
            UnreachableTimeout = section.Duration("unreachableTimeout", TimeSpan.Zero, JobReader.Longest) ?? standard.UnreachableTimeout,
            KillGrace = section.Duration("killGrace", TimeSpan.Zero, TimeSpan.FromDays(1)) ?? standard.KillGrace,
        };
        section.Close();
        return policy;
    }

    private static RetryPolicy ReadRetry(Section parent)
    {
        var standard = new RetryPolicy();
        if (parent.Below("retry") is not { } section)
        {
            return standard;
        }

        (TimeSpan least, TimeSpan most) = (standard.BackoffMin, standard.BackoffMax);
        if (section.Text("backoff") is { } text)
        {
            if (!DurationText.TryParseRange(text, out TimeSpan from, out TimeSpan to))
            {
                section.Fault("backoff", $"'{text}' must be a range of durations such as 2s..1m, or one duration");
            }
            else if (from > to)
            {
                section.Fault("backoff", $"'{text}' goes backwards; write the shorter pause first");
            }
            else if (to > JobReader.Longest)
            {
                section.Fault("backoff", $"'{text}' is longer than {DurationText.Format(JobReader.Longest)}");
            }
            else
            {
                (least, most) = (from, to);
            }
        }

        int attempts = section.Whole("attempts", standard.Attempts, 1, 1000);
        section.Close();
        return new RetryPolicy { Attempts = attempts, BackoffMin = least, BackoffMax = most };
    }
}
