namespace ElasticJob.Protocol.Schedules;

/// <summary>The two ways people write cron.</summary>
public enum CronDialect
{
    /// <summary>Five fields or a nickname such as <c>@daily</c>; day-of-month and day-of-week are alternatives, as in Vixie cron.</summary>
    Unix,

    /// <summary>Six or seven fields with seconds first; one of day-of-month and day-of-week is <c>?</c>.</summary>
    Quartz,
}
