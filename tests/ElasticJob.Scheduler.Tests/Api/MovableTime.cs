namespace ElasticJob.Scheduler.Tests.Api;

/// <summary>The wall clock can be set ahead; timers and measured spans stay those of the machine.</summary>
internal sealed class MovableTime : TimeProvider
{
    public TimeSpan Ahead { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
}
