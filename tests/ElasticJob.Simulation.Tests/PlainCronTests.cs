using System.Globalization;
using ElasticJob.Protocol.Schedules;
using ElasticJob.Simulation.Checking;

namespace ElasticJob.Simulation.Tests;

/// <summary>The model's cron by examples written by hand, and then beside the product's.</summary>
public sealed class PlainCronTests
{
    // Berlin, 28 March 2027: 01:59:59+01:00 is followed by 03:00:00+02:00 at 01:00 UTC.
    // Berlin, 25 October 2026: 02:59:59+02:00 is followed by 02:00:00+01:00 at 01:00 UTC.
    [Theory]
    [InlineData("* * * * *", "UTC", "2026-11-21 12:00:00", "12:01:00 12:02:00 12:03:00")]
    [InlineData("0/20 * * * * ?", "UTC", "2026-11-21 12:00:00", "12:00:20 12:00:40 12:01:00")]
    [InlineData("5 0/1 * * * ?", "UTC", "2026-11-21 12:00:00", "12:00:05 12:01:05 12:02:05")]
    [InlineData("0/30 0-1,59 2,3 * * ? *", "UTC", "2026-11-21 02:01:00", "02:01:30 02:59:00 02:59:30 03:00:00")]
    [InlineData("10-30/15 7 4 ? * *", "America/New_York", "2026-12-31 23:59:59", "09:07:10 09:07:25")]
    [InlineData("30 2 * * *", "Europe/Berlin", "2027-03-27 01:30:00", "01:00:00 00:30:00")]
    [InlineData("0 0/20 2 * * ?", "Europe/Berlin", "2027-03-28 00:00:00", "01:00:00 00:00:00")]
    [InlineData("5 0/30 * * * ?", "Europe/Berlin", "2027-03-28 00:00:05", "00:30:05 01:00:00 01:00:05 01:30:05")]
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-10-24 12:00:00", "00:30:00 01:30:00")]
    [InlineData("0 0,30 2,3 * * ?", "Europe/Berlin", "2026-10-24 12:00:00", "00:00:00 00:30:00 02:00:00 02:30:00")]
    [InlineData("*/30 * * * *", "Europe/Berlin", "2026-10-25 00:00:00", "00:30:00 01:00:00 01:30:00 02:00:00 02:30:00")]
    [InlineData("0 0/30 2 * * ?", "Europe/Berlin", "2026-10-24 12:00:00", "00:00:00 00:30:00 01:00:00 01:30:00 01:00:00")]
    public void NextAfter_Example_IsAsTheFieldsAndTheClockSay(string expression, string zone, string after, string expected)
    {
        var cron = PlainCron.Of(expression, zone);
        DateTimeOffset at = Utc(after);
        var due = new List<string>();
        foreach (string _ in expected.Split(' '))
        {
            at = cron.NextAfter(at);
            due.Add(at.ToString("HH:mm:ss", CultureInfo.InvariantCulture));
        }

        string.Join(' ', due).ShouldBe(expected);
    }

    [Fact]
    public void NextAfter_WithinASecond_IsTheNextWholeOne() =>
        PlainCron.Of("0/20 * * * * ?", "UTC").NextAfter(Utc("2026-11-21 12:00:19") + TimeSpan.FromMilliseconds(999)).ShouldBe(Utc("2026-11-21 12:00:20"));

    [Theory]
    [InlineData("* * *")]
    [InlineData("@daily")]
    [InlineData("0 12 * * 1")]
    [InlineData("0 0 12 L * ?")]
    [InlineData("0 0 12 1 * ?")]
    [InlineData("0 0 12 * * ? 2027")]
    [InlineData("0 22-2 * * *")]
    [InlineData("61 * * * *")]
    [InlineData("0/0 * * * * ?")]
    [InlineData("5/10 * * * *")]
    [InlineData("x * * * *")]
    public void Of_WhatTheModelDoesNotKnow_IsRefused(string expression) => Should.Throw<NotSupportedException>(() => PlainCron.Of(expression, "UTC"));

    [Fact]
    public void NextAfter_OverDaysOfEveryKind_IsWhatTheProductSays()
    {
        string[] expressions =
        [
            "0/10 * * * * ?", "* * * * *", "5 0/1 * * * ?", "0/15 0-30,55-59 2,3 * * ?", "0 0/2 1-3 * * ?", "3/20 * * * * ?", "30 2 * * *", "0 1 * * *", "0,30 1-2 * * *",
            "0 0,30 2 * * ?", "59 59 1,2 * * ?", "0 0 0 * * ?", "*/7 2 * * *", "0 45 0/1 * * ?", "15-45/10 59 1,2,3 ? * * *", "10,20 30 2,3 * * ?",
        ];
        foreach (string zone in (string[])["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
        {
            foreach (string expression in expressions)
            {
                CronSchedule.TryParse(expression, zone, out CronSchedule? product, out string? fault).ShouldBeTrue(fault);
                var model = PlainCron.Of(expression, zone);

                // An ordinary day, a turn of the year, and the days on which the clocks of these zones change.
                foreach (string day in (string[])["2026-11-21", "2026-12-31", "2026-10-25", "2027-03-28", "2026-11-01", "2027-03-14", "2026-10-03", "2027-04-03"])
                {
                    // From each due time on, and from times that are none: a job can be created at any moment.
                    DateTimeOffset at = Utc(day + " 00:00:00");
                    for (DateTimeOffset end = at.AddDays(1); at < end;)
                    {
                        DateTimeOffset due = model.NextAfter(at);
                        product.NextAfter(at).ShouldBe(due, $"'{expression}' in {zone} after {at:O}");
                        DateTimeOffset later = at + TimeSpan.FromSeconds(617.5);
                        at = due < later ? due : later;
                    }
                }
            }
        }
    }

    private static DateTimeOffset Utc(string text) => DateTimeOffset.ParseExact(text, "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
