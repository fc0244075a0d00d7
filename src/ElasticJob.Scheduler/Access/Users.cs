using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.State;

namespace ElasticJob.Scheduler.Access;

/// <summary>Adds, changes and removes users.</summary>
internal sealed class Users(AccessWriter writer, AccessBook book, SignIns signIns, PasswordCheck passwords, TimeProvider time)
{
    private const string NameRule = "must be 1 to 64 of a-z, 0-9, '.', '_', '-', '@', beginning with a letter or digit";

    public async Task<UserRecord> AddAsync(string? name, AccessRole role, string? password, Actor actor, CancellationToken cancellationToken)
    {
        if (name is null || !IsName(name))
        {
            throw Refusal.Invalid($"name: {NameRule}.");
        }

        if (name is "local" or "scheduler" or "nobody")
        {
            throw Refusal.Invalid($"name: '{name}' is taken by the scheduler itself.");
        }

        string hash = await passwords.HashAsync(name, password, cancellationToken).ConfigureAwait(false);
        return await writer.ChangeAsync(
            actor,
            state =>
            {
                if (state.Users.Find(name) is not null)
                {
                    throw new Refusal(409, ProblemCode.Conflict, $"There is a user '{name}' already.");
                }

                if (state.Users.Count >= AccessLimits.Users)
                {
                    throw new Refusal(409, ProblemCode.Conflict, $"There are {AccessLimits.Users} users already.");
                }

                // Later than any earlier user of that name: none of its sessions comes back to life.
                var user = new UserRecord(name, role, hash, time.GetUtcNow().UtcTicks, time.GetUtcNow(), time.GetUtcNow());
                return new Decision<UserRecord>(user, [state.Users.Put(user)], AccessChange.User(null, user));
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Gives another role, another password, or both. A new password ends the user's sessions.</summary>
    public async Task<UserRecord> ChangeAsync(string name, AccessRole? role, string? password, Actor actor, CancellationToken cancellationToken)
    {
        Find(book.Now, name);
        string? hash = password is null ? null : await passwords.HashAsync(name, password, cancellationToken).ConfigureAwait(false);
        return await writer.ChangeAsync(
            actor,
            state =>
            {
                UserRecord before = Find(state, name);
                UserRecord after = before with { Role = role ?? before.Role };
                after = hash is null ? after : WithPassword(after, hash);
                return new Decision<UserRecord>(
                    after,
                    [state.Users.Put(after), .. StillAnAdmin(state, before, after.Role), .. hash is null ? [] : SessionsOf(state, name)],
                    AccessChange.User(before, after));
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes a user with all its sessions and tokens.</summary>
    public Task<bool> RemoveAsync(string name, Actor actor, CancellationToken cancellationToken) => writer.ChangeAsync(
        actor,
        state =>
        {
            UserRecord user = Find(state, name);
            TokenRecord[] tokens = [.. state.Tokens.All.Where(t => t.Owner == name)];
            return new Decision<bool>(
                true,
                [state.Users.Remove(user), .. StillAnAdmin(state, user, null), .. SessionsOf(state, name), .. tokens.Select(state.Tokens.Remove)],
                [AccessChange.Removed("user", name), .. tokens.Select(t => AccessChange.Removed("token", t.Id))]);
        },
        cancellationToken);

    /// <summary>A user changes the own password: every session ends and a new one begins.</summary>
    public async Task<(string Cookie, SessionRecord Session)> ChangeOwnPasswordAsync(
        string name, string old, string? password, System.Net.IPAddress? remote, Actor actor, CancellationToken cancellationToken)
    {
        UserRecord proved;
        try
        {
            proved = await signIns.ProveAsync(name, old, remote, actor, cancellationToken).ConfigureAwait(false);
        }
        catch (Refusal r) when (r.Status == 401)
        {
            throw new Refusal(422, ProblemCode.Invalid, "old: is not your password.") { IsAudited = true };
        }

        string hash = await passwords.HashAsync(name, password, cancellationToken).ConfigureAwait(false);
        return await writer.ChangeAsync(
            actor,
            state =>
            {
                UserRecord before = Find(state, name);
                if (before.Stamp != proved.Stamp)
                {
                    throw new Refusal(409, ProblemCode.Conflict, "The password was changed in the meantime.");
                }

                UserRecord after = WithPassword(before, hash);
                (string cookie, SessionRecord session) = signIns.Begin(after, actor.Remote);
                return new Decision<(string, SessionRecord)>(
                    (cookie, session),
                    [state.Users.Put(after), .. SessionsOf(state, name), state.Sessions.Put(session)],
                    AccessChange.User(before, after));
            },
            cancellationToken).ConfigureAwait(false);
    }

    private UserRecord WithPassword(UserRecord user, string hash) =>
        user with { Password = hash, Stamp = user.Stamp + 1, PasswordChangedAt = time.GetUtcNow() };

    private static UserRecord Find(AccessState state, string name) => state.Users.Find(name) ?? throw Refusal.NotFound($"There is no user '{name}'.");

    private static IEnumerable<KeptRecord> SessionsOf(AccessState state, string name) =>
        state.Sessions.All.Where(s => s.User == name).Select(state.Sessions.Remove);

    /// <summary>Another admin must stay one, also while this is on its way.</summary>
    private static IEnumerable<KeptRecord> StillAnAdmin(AccessState state, UserRecord user, AccessRole? role)
    {
        if (user.Role != AccessRole.Admin || role == AccessRole.Admin)
        {
            return [];
        }

        UserRecord other = state.Users.All.FirstOrDefault(u => u.Role == AccessRole.Admin && u.Name != user.Name)
            ?? throw new Refusal(409, ProblemCode.Conflict, $"'{user.Name}' is the last administrator; give somebody else the role admin first.");
        return [state.Users.Demand(other)];
    }

    private static bool IsName(string name) =>
        name.Length is >= 1 and <= 64 && (char.IsAsciiLetterLower(name[0]) || char.IsAsciiDigit(name[0]))
        && name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '_' or '-' or '@');
}
