namespace ElasticJob.Scheduler.Access;

/// <summary>How an API token looks: <c>ejt_ID_SECRET</c>. The prefix lets scanners of repositories find one that was left there.</summary>
internal static class TokenText
{
    public const string Prefix = "ejt";

    public static string Of(string id, string secret) => $"{Prefix}_{id}_{secret}";

    public static bool Is(string text) => text.StartsWith(Prefix + "_", StringComparison.Ordinal);
}
