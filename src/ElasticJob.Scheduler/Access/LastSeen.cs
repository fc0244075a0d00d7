using System.Collections.Concurrent;
using ElasticJob.Scheduling.State;

namespace ElasticJob.Scheduler.Access;

/// <summary>When tokens and sessions were used last. Kept in memory and made durable once a minute: a request must not cost a commit.</summary>
internal sealed class LastSeen(AccessBook book, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, DateTimeOffset> tokens = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> sessions = new(StringComparer.Ordinal);

    public void Token(string id) => tokens[id] = time.GetUtcNow();

    public void Session(string digest) => sessions[digest] = time.GetUtcNow();

    public DateTimeOffset Of(SessionRecord session) =>
        sessions.TryGetValue(session.Digest, out DateTimeOffset at) && at > session.SeenAt ? at : session.SeenAt;

    public DateTimeOffset? Of(TokenRecord token) =>
        tokens.TryGetValue(token.Id, out DateTimeOffset at) && !(at <= token.UsedAt) ? at : token.UsedAt;

    /// <summary>The changes that make it durable; what is durable, or gone, is forgotten here.</summary>
    public IReadOnlyList<KeptRecord> Take()
    {
        AccessState state = book.Now;
        var changes = new List<KeptRecord>();
        foreach ((string id, DateTimeOffset at) in tokens.ToArray())
        {
            if (state.Tokens.Find(id) is { } token && !(at - token.UsedAt < AccessLimits.SeenEvery))
            {
                changes.Add(state.Tokens.Put(token with { UsedAt = at }));
            }
            else
            {
                tokens.TryRemove(new(id, at));
            }
        }

        foreach ((string digest, DateTimeOffset at) in sessions.ToArray())
        {
            if (state.Sessions.Find(digest) is { } session && at - session.SeenAt >= AccessLimits.SeenEvery)
            {
                changes.Add(state.Sessions.Put(session with { SeenAt = at }));
            }
            else
            {
                sessions.TryRemove(new(digest, at));
            }
        }

        return changes;
    }
}
