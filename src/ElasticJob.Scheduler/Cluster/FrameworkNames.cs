namespace ElasticJob.Scheduler.Cluster;

/// <summary>The names under which the scheduler presents itself to Mesos: what is wrong with one, or null.</summary>
public static class FrameworkNames
{
    /// <summary>Role whose resources are used unless another one is configured.</summary>
    public const string DefaultRole = "elasticjob";

    private const int LongestUser = 100;

    /// <summary>For a user of the agents' machines.</summary>
    public static string? UserFault(string user) =>
        user.Length == 0 ? "it is empty"
        : user.Length > LongestUser ? $"it is longer than {LongestUser} characters"
        : user[0] == '-' ? $"'{user}' starts with '-'"
        : user.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is ':' or '/') ? $"'{user}' has a blank, ':' or '/' in it"
        : null;

    /// <summary>For a role, by the rules in Mesos' documentation of roles: parts divided by slashes, such as <c>batch/elasticjob</c>.</summary>
    public static string? RoleFault(string role) =>
        role == "*" ? null
        : role.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)) ? $"'{role}' has a blank in it"
        : role.Split('/').Select(part => part switch
        {
            "" => $"'{role}' is empty, or has an empty part",
            "." or ".." or "*" => $"'{role}' has '{part}' in it",
            ['-', ..] => $"'{role}' has a part that starts with '-'",
            _ => null,
        }).FirstOrDefault(fault => fault is not null);
}
