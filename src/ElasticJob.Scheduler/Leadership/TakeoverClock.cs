namespace ElasticJob.Scheduler.Leadership;

/// <summary>Measures one takeover.</summary>
internal sealed class TakeoverClock(TimeProvider time) : ITakeoverProgress
{
    private readonly long origin = time.GetTimestamp();
    private volatile Takeover takeover = new(time.GetUtcNow(), null, null);

    public Takeover Takeover => takeover;

    public void Loaded() => takeover = takeover with { Loaded = time.GetElapsedTime(origin) };

    public void Connected() => takeover = takeover with { Connected = time.GetElapsedTime(origin) };
}
