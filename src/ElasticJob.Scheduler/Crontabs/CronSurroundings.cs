namespace ElasticJob.Scheduler.Crontabs;

/// <summary>What an import must know of the machine: who imports, which users there are, where their homes are, which time zone holds.</summary>
internal sealed record CronSurroundings
{
    /// <summary>Who imports; the platform runs as the same user.</summary>
    public required string CurrentUser { get; init; }

    /// <summary>Home folders by user name.</summary>
    public required IReadOnlyDictionary<string, string> Homes { get; init; }

    /// <summary>The time zone in which cron reads its tables.</summary>
    public required string TimeZone { get; init; }

    /// <summary>Whether commands can be run as another user: root may, with runuser(1).</summary>
    public bool CanSwitchUser { get; init; }

    public static CronSurroundings OfThisMachine(TimeProvider time)
    {
        var homes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (File.Exists("/etc/passwd"))
        {
            foreach (string[] fields in File.ReadLines("/etc/passwd").Select(l => l.Split(':')).Where(f => f.Length >= 7))
            {
                homes[fields[0]] = fields[5];
            }
        }

        string zone = time.LocalTimeZone.Id;
        return new CronSurroundings
        {
            CurrentUser = Environment.UserName,
            Homes = homes,
            TimeZone = TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _) ? zone : "UTC",
            CanSwitchUser = Environment.UserName == "root" && File.Exists("/usr/sbin/runuser"),
        };
    }
}
