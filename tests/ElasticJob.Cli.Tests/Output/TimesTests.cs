using ElasticJob.Cli.Output;

namespace ElasticJob.Cli.Tests.Output;

public sealed class TimesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 4, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(4, "in 4 s (04:00:04)")]
    [InlineData(-130, "2 m 10 s ago (03:57:50)")]
    [InlineData(0, "now (04:00:00)")]
    [InlineData(86_400, "in 1 d (2026-11-22 04:00:00)")]
    public void Of_Distance_IsRelativeAndExact(int seconds, string expected) => Times.Of(Now.AddSeconds(seconds), Now, TimeZoneInfo.Utc).ShouldBe(expected);

    [Theory]
    [InlineData(850, "850 ms")]
    [InlineData(1_250, "1.2 s")]
    [InlineData(59_999, "59 s")]
    [InlineData(11_100_000, "3 h 5 m")]
    public void Span_Length_HasItsTwoLargestUnits(int milliseconds, string expected) => Times.Span(TimeSpan.FromMilliseconds(milliseconds)).ShouldBe(expected);
}
