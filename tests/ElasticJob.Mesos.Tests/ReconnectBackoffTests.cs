namespace ElasticJob.Mesos.Tests;

public sealed class ReconnectBackoffTests
{
    [Fact]
    public void Next_ManyAttempts_GrowsToTheCapWithinItsJitter()
    {
        var backoff = new ReconnectBackoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), new Random(7));
        double[] spans = [1, 2, 4, 8, 16, 30, 30, 30];
        foreach (double span in spans)
        {
            backoff.Next().TotalSeconds.ShouldBeInRange(span / 2, span);
        }

        for (int i = 0; i < 2_000; i++)
        {
            backoff.Next().TotalSeconds.ShouldBeInRange(15, 30);
        }

        backoff.Reset();
        backoff.Next().TotalSeconds.ShouldBeInRange(0.5, 1);
    }

    [Fact]
    public void Next_SameSeed_GivesTheSameWaits() =>
        Waits(3).ShouldBe(Waits(3));

    private static List<TimeSpan> Waits(int seed)
    {
        var backoff = new ReconnectBackoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(10), new Random(seed));
        return [.. Enumerable.Range(0, 10).Select(_ => backoff.Next())];
    }
}
