using ElasticJob.Protocol.Schedules;

namespace ElasticJob.Protocol.Tests.Schedules;

public sealed class IntervalScheduleTests
{
    private static readonly DateTimeOffset Anchor = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    // grid   ──┬────┬────┬────┬──   anchor at 0, every 30 s
    //         -30   0    30   60
    [Theory]
    [InlineData(0, 30)]
    [InlineData(29.999, 30)]
    [InlineData(30, 60)]
    [InlineData(-0.001, 0)]
    [InlineData(-30, 0)]
    [InlineData(-30.001, -30)]
    [InlineData(-45, -30)]
    public void NextAfter_AnyInstant_IsTheNextPointOfTheGrid(double after, double expected) =>
        new IntervalSchedule(TimeSpan.FromSeconds(30), Anchor).NextAfter(Anchor.AddSeconds(after)).ShouldBe(Anchor.AddSeconds(expected));

    [Fact]
    public void NextAfter_EndOfTime_IsNull() =>
        new IntervalSchedule(TimeSpan.FromDays(1), Anchor).NextAfter(DateTimeOffset.MaxValue).ShouldBeNull();

    [Fact]
    public void NextAfter_SeveralSchedules_UnitesAndCountsAnInstantOnce()
    {
        Schedule[] schedules = [new IntervalSchedule(TimeSpan.FromSeconds(20), Anchor), new IntervalSchedule(TimeSpan.FromSeconds(30), Anchor)];
        schedules.DueTimes(Anchor, Anchor.AddSeconds(60)).Select(d => (d - Anchor).TotalSeconds).ShouldBe([20, 30, 40, 60]);
        Array.Empty<Schedule>().NextAfter(Anchor).ShouldBeNull();
    }
}
