namespace ElasticJob.Scheduler.Access;

/// <summary>How long things last and how many there may be.</summary>
internal static class AccessLimits
{
    /// <summary>A session that is not used this long ends.</summary>
    public static readonly TimeSpan SessionIdle = TimeSpan.FromHours(12);

    /// <summary>A session ends after this, however busy.</summary>
    public static readonly TimeSpan SessionLongest = TimeSpan.FromDays(7);

    /// <summary>A one-time sign-in link is good for this long, and so is the session that it begins.</summary>
    public static readonly TimeSpan Link = TimeSpan.FromHours(1);

    /// <summary>Uses are noted this often; what is closer together is one.</summary>
    public static readonly TimeSpan SeenEvery = TimeSpan.FromMinutes(1);

    /// <summary>Longest life of a token.</summary>
    public static readonly TimeSpan TokenLongest = TimeSpan.FromDays(366);

    /// <summary>Life of a token when nothing is said.</summary>
    public static readonly TimeSpan TokenUsual = TimeSpan.FromDays(90);

    public const int SessionsOfUser = 20;

    public const int Users = 10_000;

    public const int Tokens = 10_000;

    public const int ShortestPassword = 12;

    public const int LongestPassword = 256;
}
