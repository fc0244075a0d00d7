using ElasticJob.Scheduler.Access;

namespace ElasticJob.Scheduler.Api.Security;

/// <summary>The roles, each also the name of the authorization policy that asks for it. Each includes the ones before it.</summary>
public static class Roles
{
    /// <summary>Sees everything, changes nothing.</summary>
    public const string Viewer = "viewer";

    /// <summary>Also triggers, kills, enables and disables.</summary>
    public const string Operator = "operator";

    /// <summary>Also changes and removes definitions, gives access and reads the audit log.</summary>
    public const string Admin = "admin";

    internal static IReadOnlyList<string> UpTo(AccessRole role) => role switch
    {
        AccessRole.Viewer => [Viewer],
        AccessRole.Operator => [Viewer, Operator],
        AccessRole.Admin => [Viewer, Operator, Admin],
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "There is no such role."),
    };
}
