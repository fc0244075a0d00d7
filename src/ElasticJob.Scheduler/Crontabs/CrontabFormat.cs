namespace ElasticJob.Scheduler.Crontabs;

/// <summary>The two formats of a crontab.</summary>
internal enum CrontabFormat
{
    /// <summary>As <c>crontab -l</c> prints it: schedule, command.</summary>
    User,

    /// <summary>As /etc/crontab and /etc/cron.d: schedule, user, command.</summary>
    System,
}
