namespace AccessLogs;

/// <summary>Where the logs are and where the statistics go.</summary>
internal sealed record AccessLogOptions(string Logs, string Database)
{
    /// <summary><c>ACCESS_LOGS</c> and <c>ACCESS_LOGS_DB</c>; by default below the folder for temporary files.</summary>
    public static AccessLogOptions FromEnvironment()
    {
        string standard = Path.Combine(Path.GetTempPath(), "elasticjob-access-logs");
        string logs = Environment.GetEnvironmentVariable("ACCESS_LOGS") ?? Path.Combine(standard, "logs");
        return new AccessLogOptions(logs, Environment.GetEnvironmentVariable("ACCESS_LOGS_DB") ?? Path.Combine(standard, "statistics.db"));
    }
}
