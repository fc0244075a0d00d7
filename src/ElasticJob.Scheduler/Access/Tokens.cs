using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduling.Commands;

namespace ElasticJob.Scheduler.Access;

/// <summary>Issues and revokes API tokens.</summary>
internal sealed class Tokens(AccessWriter writer, TimeProvider time)
{
    private const int MostPatterns = 50;

    /// <returns>The token, which is told this once, and what is kept of it.</returns>
    public Task<(string Text, TokenRecord Token)> IssueAsync(
        Caller caller, string? name, AccessRole role, TimeSpan? expiresIn, IReadOnlyList<string>? apps, IReadOnlyList<string>? jobs, Actor actor, CancellationToken cancellationToken)
    {
        if (caller.Kind == CallerKind.Token)
        {
            throw new Refusal(403, ProblemCode.Forbidden, "A token cannot make tokens: what it makes would outlive it. Sign in first.");
        }

        if (role > caller.Role)
        {
            throw new Refusal(403, ProblemCode.Forbidden, $"role: a token has at most your own role, {caller.Role.ToString().ToLowerInvariant()}.");
        }

        if (string.IsNullOrWhiteSpace(name) || name.Length > 64 || name.Any(char.IsControl))
        {
            throw Refusal.Invalid("name: must be 1 to 64 characters, such as 'deploy from CI'.");
        }

        TimeSpan life = expiresIn ?? AccessLimits.TokenUsual;
        if (life <= TimeSpan.Zero || life > AccessLimits.TokenLongest)
        {
            throw Refusal.Invalid($"expiresIn: must be more than nothing and at most {AccessLimits.TokenLongest.TotalDays:0}d.");
        }

        Check("apps", apps);
        Check("jobs", jobs);
        DateTimeOffset now = time.GetUtcNow();
        string id = Secret.NewId();
        string text = TokenText.Of(id, Secret.New());
        var token = new TokenRecord(id, name.Trim(), Secret.Digest(text), role, caller.User, now, now + life, null, apps, jobs);
        return writer.ChangeAsync(
            actor,
            state => state.Tokens.Count < AccessLimits.Tokens
                ? new Decision<(string, TokenRecord)>((text, token), [state.Tokens.Put(token)], AccessChange.Token(token))
                : throw new Refusal(409, ProblemCode.Conflict, $"There are {AccessLimits.Tokens} tokens already; revoke some first."),
            cancellationToken);
    }

    /// <summary>Revokes a token: at once, and for ever.</summary>
    public Task RevokeAsync(Caller caller, string id, Actor actor, CancellationToken cancellationToken) => writer.ChangeAsync(
        actor,
        state => state.Tokens.Find(id) is { } token && MaySee(caller, token)
            ? new Decision<bool>(true, [state.Tokens.Remove(token)], AccessChange.Removed("token", id))
            : throw Refusal.NotFound($"There is no token '{id}'."),
        cancellationToken);

    /// <summary>Administrators see all tokens, others their own.</summary>
    public static bool MaySee(Caller caller, TokenRecord token) =>
        caller.Role == AccessRole.Admin || (token.Owner is not null && token.Owner == caller.User);

    private static void Check(string key, IReadOnlyList<string>? patterns)
    {
        if (patterns is null)
        {
            return;
        }

        if (patterns.Count > MostPatterns || patterns.Any(p => string.IsNullOrEmpty(p) || p.Length > 200 || !p.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '*')))
        {
            throw Refusal.Invalid($"{key}: up to {MostPatterns} names, in which '*' stands for anything, such as shop-*.");
        }
    }
}
