using System.Collections.Immutable;
using System.Text.Json.Serialization.Metadata;
using ElasticJob.Scheduling.State;

namespace ElasticJob.Scheduler.Access;

/// <summary>Who has access, as it is durable at one moment.</summary>
internal sealed record AccessState
{
    public static readonly AccessState Empty = new();

    public AccessTable<UserRecord> Users { get; init; } = Table("users", AccessJson.Default.UserRecord, static u => u.Name);

    public AccessTable<TokenRecord> Tokens { get; init; } = Table("tokens", AccessJson.Default.TokenRecord, static t => t.Id);

    public AccessTable<SessionRecord> Sessions { get; init; } = Table("sessions", AccessJson.Default.SessionRecord, static s => s.Digest);

    public AccessTable<LinkRecord> Links { get; init; } = Table("links", AccessJson.Default.LinkRecord, static l => l.Digest);

    public AccessState With(Mutation mutation) =>
        mutation.Key.StartsWith(Sessions.Prefix, StringComparison.Ordinal) ? this with { Sessions = Sessions.With(mutation) }
        : mutation.Key.StartsWith(Tokens.Prefix, StringComparison.Ordinal) ? this with { Tokens = Tokens.With(mutation) }
        : mutation.Key.StartsWith(Users.Prefix, StringComparison.Ordinal) ? this with { Users = Users.With(mutation) }
        : mutation.Key.StartsWith(Links.Prefix, StringComparison.Ordinal) ? this with { Links = Links.With(mutation) }
        : this;

    private static AccessTable<T> Table<T>(string name, JsonTypeInfo<T> type, Func<T, string> keyOf)
        where T : class => new($"{KeptRecord.Prefix}{name}/", type, keyOf, ImmutableDictionary.Create<string, (T, byte[])>(StringComparer.Ordinal));
}
