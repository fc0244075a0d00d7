using System.Text.Json.Nodes;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Scheduler.Access;

/// <summary>How changes of access read in the audit log.</summary>
internal static class AccessChange
{
    public static AuditChange User(UserRecord? before, UserRecord after) =>
        new("user", after.Name, before is null ? "created" : "updated", DefinitionDiff.Between(before is null ? null : Shown(before), Shown(after)));

    public static AuditChange Token(TokenRecord token) => new("token", token.Id, "created", DefinitionDiff.Between(null, Shown(token)));

    public static AuditChange Removed(string kind, string name) => new(kind, name, "removed", []);

    public static AuditChange Session(SessionRecord session) => new("session", ShortOf(session), "created", []);

    /// <summary>Enough to tell sessions apart.</summary>
    public static string ShortOf(SessionRecord session) => session.Digest[..12];

    private static JsonObject Shown(UserRecord user) => new()
    {
        ["role"] = Word(user.Role),
        ["passwordChangedAt"] = user.PasswordChangedAt.UtcDateTime,
    };

    private static JsonObject Shown(TokenRecord token)
    {
        var shown = new JsonObject { ["name"] = token.Name, ["role"] = Word(token.Role), ["owner"] = token.Owner, ["expiresAt"] = token.ExpiresAt?.UtcDateTime };
        if (token.Apps is not null)
        {
            shown["apps"] = new JsonArray([.. token.Apps.Select(a => JsonValue.Create(a))]);
        }

        if (token.Jobs is not null)
        {
            shown["jobs"] = new JsonArray([.. token.Jobs.Select(j => JsonValue.Create(j))]);
        }

        return shown;
    }

    private static string Word(AccessRole role) => role.ToString().ToLowerInvariant();
}
