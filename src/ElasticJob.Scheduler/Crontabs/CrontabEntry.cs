namespace ElasticJob.Scheduler.Crontabs;

/// <summary>One entry of a crontab, with what the lines above it set.</summary>
internal sealed record CrontabEntry
{
    public required int Line { get; init; }

    /// <summary>Five fields or a nickname, as written.</summary>
    public required string Schedule { get; init; }

    /// <summary>The user column of the system format.</summary>
    public string? User { get; init; }

    /// <summary>The command up to the first bare <c>%</c>, with <c>\%</c> as <c>%</c>.</summary>
    public required string Command { get; init; }

    /// <summary>What follows the first bare <c>%</c>, each further one a line break; ends with one, as cron sees to.</summary>
    public string? StandardInput { get; init; }

    public required IReadOnlyDictionary<string, string> Variables { get; init; }

    /// <summary>The comment right above.</summary>
    public string? Comment { get; init; }

    /// <summary>A <c>-</c> in front of the minute (no syslog line, on some systems).</summary>
    public bool Quiet { get; init; }
}
