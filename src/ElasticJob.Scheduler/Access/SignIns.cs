using System.Net;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.State;

namespace ElasticJob.Scheduler.Access;

/// <summary>Begins and ends sessions.</summary>
internal sealed class SignIns(AccessWriter writer, ISchedulerLoop loop, AccessBook book, SignInLimit limit, PasswordCheck passwords, TimeProvider time)
{
    private const string Wrong = "The user or the password is wrong.";

    /// <summary>With user and password.</summary>
    /// <returns>The cookie's value, and whose it is.</returns>
    /// <exception cref="Refusal">It is wrong, or was tried too often.</exception>
    public async Task<(string Cookie, SessionRecord Session)> ByPasswordAsync(
        string name, string password, IPAddress? remote, Actor actor, CancellationToken cancellationToken)
    {
        UserRecord user = await ProveAsync(name, password, remote, actor, cancellationToken).ConfigureAwait(false);
        return await writer.ChangeAsync(
            actor with { Name = user.Name },
            state =>
            {
                UserRecord now = state.Users.Find(user.Name) is { } found && found.Stamp == user.Stamp ? found : throw Unauthorized(Wrong);
                (string cookie, SessionRecord session) = Begin(now, actor.Remote);
                SessionRecord[] surplus = [.. state.Sessions.All.Where(s => s.User == now.Name).OrderByDescending(s => s.SeenAt).Skip(AccessLimits.SessionsOfUser - 1)];
                return new Decision<(string, SessionRecord)>(
                    (cookie, session),
                    [state.Users.Demand(now), state.Sessions.Put(session), .. surplus.Select(state.Sessions.Remove)],
                    AccessChange.Session(session));
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>With a link that is good for one use.</summary>
    /// <exception cref="Refusal">It was used, or has expired.</exception>
    public async Task<(string Cookie, SessionRecord Session)> ByLinkAsync(string secret, IPAddress? remote, Actor actor, CancellationToken cancellationToken)
    {
        string digest = Secret.Digest(secret);
        if (limit.Refuses("", remote, isKnownThere: true) is { } refused)
        {
            throw await TooManyAsync(refused, actor).ConfigureAwait(false);
        }

        if (book.Now.Links.Find(digest) is null)
        {
            limit.Failed("", remote);
            await NoteAsync(actor, "The link is not valid.").ConfigureAwait(false);
            throw Unauthorized("The link was used already, has expired, or is incomplete; 'elasticjob user link' on the scheduler's machine makes a new one.");
        }

        return await writer.ChangeAsync(
            actor with { Name = "sign-in link" },
            state =>
            {
                DateTimeOffset now = time.GetUtcNow();
                LinkRecord link = state.Links.Find(digest) is { } found && found.ExpiresAt > now
                    ? found
                    : throw Unauthorized("The link was used already or has expired; 'elasticjob user link' on the scheduler's machine makes a new one.");
                string cookie = Secret.New();
                var session = new SessionRecord(Secret.Digest(cookie), null, 0, actor.Remote, now, now, now + AccessLimits.Link);
                return new Decision<(string, SessionRecord)>((cookie, session), [state.Links.Remove(link), state.Sessions.Put(session)], AccessChange.Session(session));
            },
            cancellationToken).ConfigureAwait(false);
    }

    public Task EndAsync(SessionRecord session, Actor actor, CancellationToken cancellationToken) => writer.ChangeAsync(
        actor,
        state => state.Sessions.Find(session.Digest) is { } found
            ? new Decision<bool>(true, [state.Sessions.Remove(found)], AccessChange.Removed("session", AccessChange.ShortOf(found)))
            : new Decision<bool>(false, []),
        cancellationToken);

    /// <summary>Makes a new link; earlier ones are void.</summary>
    /// <returns>Its secret.</returns>
    public async Task<string> NewLinkAsync(Actor actor, CancellationToken cancellationToken) =>
        (await writer.ChangeAsync(actor, NewLink, cancellationToken).ConfigureAwait(false))!;

    /// <summary>The link that lets the first person in; <see langword="null"/> when there is a user already.</summary>
    /// <param name="keepsOpenOne">
    /// Whether there is none either while an earlier link is good: where several schedulers take turns, the next leader must not make the link void that the
    /// first one has told.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<string?> FirstLinkAsync(bool keepsOpenOne, CancellationToken cancellationToken) =>
        IsFirst(book.Now, keepsOpenOne)
            ? await writer.ChangeAsync(
                new Actor("scheduler") { Operation = "firstStart" },
                state => IsFirst(state, keepsOpenOne) ? NewLink(state) : new Decision<string?>(null, []),
                cancellationToken).ConfigureAwait(false)
            : null;

    /// <summary>The user to whom a name and a password belong.</summary>
    /// <exception cref="Refusal">They are wrong, or were tried too often.</exception>
    public async Task<UserRecord> ProveAsync(string name, string password, IPAddress? remote, Actor actor, CancellationToken cancellationToken)
    {
        AccessState state = book.Now;
        UserRecord? user = state.Users.Find(name);

        // A name that nobody has may be a password in the wrong field: it is not written down.
        Actor told = actor with { Subject = user?.Name };
        if (limit.Refuses(name, remote, state.Sessions.All.Any(s => s.User == name && s.Remote == actor.Remote)) is { } refused)
        {
            throw await TooManyAsync(refused, told).ConfigureAwait(false);
        }

        if (password.Length > AccessLimits.LongestPassword || !await passwords.VerifyAsync(password, user?.Password, cancellationToken).ConfigureAwait(false) || user is null)
        {
            limit.Failed(name, remote);
            await NoteAsync(told, Wrong).ConfigureAwait(false);
            throw Unauthorized(Wrong);
        }

        limit.Succeeded(name, remote);
        return user;
    }

    /// <summary>A session of a user, not stored yet.</summary>
    public (string Cookie, SessionRecord Session) Begin(UserRecord user, string? remote)
    {
        DateTimeOffset now = time.GetUtcNow();
        string cookie = Secret.New();
        return (cookie, new SessionRecord(Secret.Digest(cookie), user.Name, user.Stamp, remote, now, now, now + AccessLimits.SessionLongest));
    }

    private bool IsFirst(AccessState state, bool keepsOpenOne)
    {
        DateTimeOffset now = time.GetUtcNow();
        return state.Users.Count == 0 && !(keepsOpenOne && state.Links.All.Any(link => link.ExpiresAt > now));
    }

    private Decision<string?> NewLink(AccessState state)
    {
        string secret = Secret.New();
        var link = new LinkRecord(Secret.Digest(secret), time.GetUtcNow(), time.GetUtcNow() + AccessLimits.Link);
        return new Decision<string?>(
            secret, [.. state.Links.All.Select(state.Links.Remove), state.Links.Put(link)], new AuditChange("link", link.Digest[..12], "created", []));
    }

    private async Task<Refusal> TooManyAsync((TimeSpan Wait, bool First) refused, Actor actor)
    {
        const string TooMany = "Too many attempts failed.";
        if (refused.First)
        {
            await NoteAsync(actor, TooMany).ConfigureAwait(false);
        }

        return new Refusal(429, ProblemCode.TooManyAttempts, $"{TooMany} Try again in {Math.Ceiling(refused.Wait.TotalMinutes):0} min.")
        {
            RetryAfter = refused.Wait,
            IsAudited = true,
        };
    }

    private async Task NoteAsync(Actor actor, string refusal)
    {
        try
        {
            await loop.SubmitAsync(new Command.Note(actor, refusal)).ConfigureAwait(false);
        }
        catch (SchedulerUnavailableException)
        {
            // It is refused all the same.
        }
    }

    private static Refusal Unauthorized(string detail) => new(401, ProblemCode.Unauthorized, detail) { IsAudited = true };
}
