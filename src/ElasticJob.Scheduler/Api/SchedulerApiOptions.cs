namespace ElasticJob.Scheduler.Api;

/// <summary>Settings of the REST API.</summary>
public sealed record SchedulerApiOptions
{
    /// <summary>The platform's data folder; the API's token is kept below it in <c>secrets/api-token</c>, packages in <c>packages</c>.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Host names, beside those of the loopback, under which the API may be called; none by default.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Largest request body in bytes; 8 MiB by default.</summary>
    public int LargestBody { get; init; } = Documents.DocumentText.LongestBytes;

    /// <summary>Pause between two looks for new events or log lines while somebody follows them; 250 ms by default, more than zero.</summary>
    public TimeSpan FollowPause { get; init; } = TimeSpan.FromMilliseconds(250);
}
