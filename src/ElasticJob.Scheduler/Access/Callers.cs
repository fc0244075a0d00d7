namespace ElasticJob.Scheduler.Access;

/// <summary>Finds out who has a token or a cookie. Reads memory only.</summary>
internal sealed class Callers(AccessBook book, LastSeen seen, TimeProvider time)
{
    /// <returns>Who it is, or why not; the reason is told only to those who have proved that the secret is theirs.</returns>
    public (Caller? Caller, string? Fault) OfToken(string text)
    {
        AccessState state = book.Now;
        if (text.Split('_', 3) is not [TokenText.Prefix, var id, _] || state.Tokens.Find(id) is not { } token || !Secret.Has(text, token.Digest))
        {
            return (null, null);
        }

        if (token.ExpiresAt <= time.GetUtcNow())
        {
            return (null, $"The token '{token.Name}' has expired.");
        }

        UserRecord? owner = token.Owner is { } name ? state.Users.Find(name) : null;
        if (owner is null && token.Owner is not null)
        {
            return (null, $"The user of the token '{token.Name}' was removed.");
        }

        seen.Token(token.Id);
        AccessRole role = owner is not null && owner.Role < token.Role ? owner.Role : token.Role;
        return (new Caller(owner is null ? $"token {token.Name}" : $"{owner.Name} via token {token.Name}", role, CallerKind.Token) { User = owner?.Name, Token = token }, null);
    }

    public (Caller? Caller, string? Fault) OfSession(string cookie)
    {
        AccessState state = book.Now;
        DateTimeOffset now = time.GetUtcNow();
        if (state.Sessions.Find(Secret.Digest(cookie)) is not { } session)
        {
            return (null, null);
        }

        if (HasEnded(session, seen.Of(session), now))
        {
            return (null, "The session has ended; sign in again.");
        }

        UserRecord? user = session.User is { } name ? state.Users.Find(name) : null;
        if (session.User is not null && user?.Stamp != session.Stamp)
        {
            return (null, "The session has ended; sign in again.");
        }

        seen.Session(session.Digest);
        return (
            new Caller(user?.Name ?? "sign-in link", user?.Role ?? AccessRole.Admin, CallerKind.Session)
            {
                User = user?.Name,
                Session = session,
                Csrf = Secret.CsrfOf(cookie),
            },
            null);
    }

    public static bool HasEnded(SessionRecord session, DateTimeOffset seenAt, DateTimeOffset now) =>
        session.ExpiresAt <= now || now - seenAt >= AccessLimits.SessionIdle;
}
