using System.Globalization;
using ElasticJob.Protocol.Schedules;

namespace ElasticJob.Protocol.Tests.Schedules;

public sealed class CronScheduleTests
{
    [Theory]
    [InlineData("0/5 * * * * ?", CronDialect.Quartz)]
    [InlineData("0 0 12 ? * MON-FRI 2027", CronDialect.Quartz)]
    [InlineData("*/5 * * * *", CronDialect.Unix)]
    [InlineData("@daily", CronDialect.Unix)]
    public void TryParse_Dialect_IsToldFromTheShape(string expression, CronDialect dialect)
    {
        CronSchedule.TryParse(expression, "UTC", out CronSchedule? schedule, out _).ShouldBeTrue();
        schedule!.Dialect.ShouldBe(dialect);
    }

    [Theory]
    [InlineData("* * *", "UTC", "has 3 fields")]
    [InlineData("", "UTC", "has 0 fields")]
    [InlineData("61 * * * *", "UTC", "61 * * * *")]
    [InlineData("0 0 0 * * *", "Mars/Olympus", "not a known time zone")]
    [InlineData("a b c d e", "UTC", "not a cron expression")]
    public void TryParse_Nonsense_SaysWhatIsWrong(string expression, string zone, string part)
    {
        CronSchedule.TryParse(expression, zone, out _, out string? fault).ShouldBeFalse();
        fault!.ShouldContain(part);
    }

    [Theory]
    [InlineData("99 * * * * ?", "second '99': 99 is not from 0 to 59")]
    [InlineData("0 5,60 * * * ?", "minute '5,60': 60 is not from 0 to 59")]
    [InlineData("0 0 8-24 * * ?", "hour '8-24': 24 is not from 0 to 23")]
    [InlineData("0 0 0 0 * ?", "day of month '0': 0 is not from 1 to 31")]
    [InlineData("0 0 0 32W * ?", "day of month '32W': 32 is not from 1 to 31")]
    [InlineData("0 0 0 L-31 * ?", "must be <= 30")]
    [InlineData("0 0 0 1 13 ?", "month '13': 13 is not from 1 to 12")]
    [InlineData("0 0 0 ? * 0", "weekday '0': 0 is not from 1 to 7 (1 is Sunday), nor a name such as MON")]
    [InlineData("0 0 0 ? * 8L", "weekday '8L'")]
    [InlineData("0 0 0 ? * 6#6", "weekday '6#6': a month has the weekday for the 1st to 5th time")]
    [InlineData("0 0 0 1 1 ? 1900", "year '1900': 1900 is not from 1970 to 2099")]
    [InlineData("0 0/99 * * * ?", "minute '0/99': the step 99 is not from 1 to 59")]
    [InlineData("0 0/0 * * * ?", "minute '0/0': the step 0 is not from 1 to 59")]
    [InlineData("99 * * * *", "minute '99': 99 is not from 0 to 59")]
    [InlineData("*/90 * * * *", "minute '*/90': the step 90 is not from 1 to 59")]
    [InlineData("0 24 * * *", "hour '24': 24 is not from 0 to 23")]
    [InlineData("0 0 * * 8", "weekday '8': 8 is not from 0 to 7 (0 and 7 are Sunday)")]
    public void TryParse_ValueOutsideItsField_SaysWhereAndWhatIsRight(string expression, string part)
    {
        CronSchedule.TryParse(expression, "UTC", out _, out string? fault).ShouldBeFalse();
        fault!.ShouldContain(part);
    }

    [Theory]
    [InlineData("59 59 23 31 12 ?")]
    [InlineData("0 0 0 LW * ?")]
    [InlineData("0 0 0 L-30 * ?")]
    [InlineData("0 0 0 15W * ?")]
    [InlineData("0 0 0 ? JAN-DEC 6L")]
    [InlineData("0 0 0 ? * 7#5")]
    [InlineData("0 0 22-2 ? * FRI-MON 2027-2030/2")]
    [InlineData("0/59 */30 1,2,3 1/31 1/12 ?")]
    [InlineData("59 23 31 12 7")]
    [InlineData("*/59 */23 */31 */12 0")]
    public void TryParse_ValueAtTheEndOfItsField_IsTaken(string expression)
    {
        CronSchedule.TryParse(expression, "UTC", out _, out string? fault);
        fault.ShouldBeNull();
    }

    [Fact]
    public void NextAfter_UnixDayOfMonthAndDayOfWeek_AreAlternatives()
    {
        // Vixie cron: the 13th, or any Friday.
        Due("0 0 13 * 5", "UTC", "2026-11-01T00:00:00Z", 4).ShouldBe(
            ["2026-11-06T00:00:00Z", "2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z", "2026-11-27T00:00:00Z"]);
        Due("0 0 13 * 5", "UTC", "2026-12-05T00:00:00Z", 2).ShouldBe(["2026-12-11T00:00:00Z", "2026-12-13T00:00:00Z"]);
    }

    [Fact]
    public void NextAfter_AnyOffsetOfTheSameInstant_GivesTheSame()
    {
        CronSchedule schedule = Parse("0 12 * * *", "Europe/Berlin");
        DateTimeOffset instant = DateTimeOffset.Parse("2026-06-01T11:59:00+02:00", CultureInfo.InvariantCulture);
        schedule.NextAfter(instant).ShouldBe(schedule.NextAfter(instant.ToUniversalTime()));
        schedule.NextAfter(instant)!.Value.Offset.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void NextAfter_NeverFires_IsNull() => Parse("0 0 0 30 2 ?", "UTC").NextAfter(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)).ShouldBeNull();

    // Berlin, 29 March 2026: 01:59:59+01:00 is followed by 03:00:00+02:00.
    //
    //   local   00:30   01:30   (02:30)   03:30
    //   UTC     23:30   00:30      –      01:30
    //                        └─ gap: fires at 03:00 local = 01:00 UTC
    [Fact]
    public void NextAfter_LocalTimeInTheSpringGap_FiresAtTheFirstInstantAfterIt() =>
        Due("30 2 * * *", "Europe/Berlin", "2026-03-27T12:00:00Z", 3).ShouldBe(["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]);

    // Berlin, 25 October 2026: 02:59:59+02:00 is followed by 02:00:00+01:00, so 02:30 comes twice.
    [Fact]
    public void NextAfter_LocalTimeThatComesTwice_FiresOnce() =>
        Due("30 2 * * *", "Europe/Berlin", "2026-10-23T12:00:00Z", 3).Select(d => d[..10]).ShouldBe(["2026-10-24", "2026-10-25", "2026-10-26"]);

    //   local   02:00 … 02:59:59   02:00 … 02:59:59   03:00
    //   UTC     00:00 … 00:59:59   01:00 … 01:59:59   02:00
    //             fires              single times do not fire again, whenever one asks
    [Theory]
    [InlineData("30 2 * * *", "2026-10-25T01:10:00Z", "2026-10-26T01:30:00Z")]
    [InlineData("30 2 * * *", "2026-10-25T00:59:59Z", "2026-10-26T01:30:00Z")]
    [InlineData("59 59 2 * * ?", "2026-10-25T00:59:59Z", "2026-10-26T01:59:59Z")]
    [InlineData("0 0,20,40 2,3 * * ?", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z")]
    [InlineData("@daily", "2026-10-25T01:00:00Z", "2026-10-25T23:00:00Z")]
    public void NextAfter_SingleTimeAskedForWhenItComesAgain_DoesNotFireAgain(string expression, string after, string due) =>
        Due(expression, "Europe/Berlin", after, 1).ShouldBe([due]);

    [Fact]
    public void DueTimes_SingleTimeBesideAnotherExpression_FiresOnce() =>
        new Schedule[] { Parse("30 2 * * *", "Europe/Berlin"), Parse("*/20 * * * *", "Europe/Berlin") }
            .DueTimes(At("2026-10-25T00:10:00Z"), At("2026-10-25T01:40:00Z"))
            .ShouldBe([At("2026-10-25T00:20:00Z"), At("2026-10-25T00:30:00Z"), At("2026-10-25T00:40:00Z"), At("2026-10-25T01:00:00Z"), At("2026-10-25T01:20:00Z"), At("2026-10-25T01:40:00Z")]);

    [Theory]
    [InlineData("*/30 * * * *")]
    [InlineData("0 0/30 * * * ?")]
    [InlineData("0 0,30 0-23 * * ?")]
    [InlineData("0 0-30/30 1,2 * * ?")]
    public void NextAfter_ExpressionThatGoesOnThroughTheHours_FiresBothTimes(string expression) =>
        Due(expression, "Europe/Berlin", "2026-10-24T23:30:00Z", 4).ShouldBe(
            ["2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z"]);

    [Fact]
    public void NextAfter_Hourly_FiresInBothHours() =>
        Due("@hourly", "Europe/Berlin", "2026-10-24T23:30:00Z", 3).ShouldBe(["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"]);

    [Fact]
    public void NextAfter_EveryMinuteOverBothChanges_NeverGoesBackOrStandsStill()
    {
        CronSchedule schedule = Parse("* * * * *", "Europe/Berlin");
        foreach (string day in (string[])["2026-03-28T23:00:00Z", "2026-10-24T22:00:00Z"])
        {
            DateTimeOffset at = DateTimeOffset.Parse(day, CultureInfo.InvariantCulture);
            for (int i = 0; i < 300; i++)
            {
                DateTimeOffset next = schedule.NextAfter(at)!.Value;
                next.ShouldBeGreaterThan(at);
                at = next;
            }
        }
    }

    [Fact]
    public void Equals_SameText_IsTheSameValue()
    {
        Parse("* * * * *", "UTC").ShouldBe(Parse("* * * * *", "UTC"));
        Parse("* * * * *", "UTC").ShouldNotBe(Parse("* * * * *", "Europe/Berlin"));
    }

    private static CronSchedule Parse(string expression, string zone) =>
        CronSchedule.TryParse(expression, zone, out CronSchedule? schedule, out string? fault) ? schedule : throw new FormatException(fault);

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private static string[] Due(string expression, string zone, string after, int count) =>
        [.. new Schedule[] { Parse(expression, zone) }
            .DueTimes(DateTimeOffset.Parse(after, CultureInfo.InvariantCulture), DateTimeOffset.MaxValue)
            .Take(count)
            .Select(d => d.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture))];
}
