using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Problems;

namespace ElasticJob.Scheduler.Access;

/// <summary>
/// Hashes passwords, one at a time: it is meant to be slow, and whoever tries many must not take the processor from the scheduler. What waits too
/// long is sent away.
/// </summary>
internal sealed class PasswordCheck : IDisposable
{
    private const int MostWaiting = 20;
    private readonly SemaphoreSlim turn = new(1, 1);
    private int waiting;

    public Task<bool> VerifyAsync(string password, string? kept, CancellationToken cancellationToken) =>
        InTurnAsync(() => PasswordHash.Verify(password, kept), cancellationToken);

    /// <exception cref="Refusal">The password is too short, too long or the user's name.</exception>
    public Task<string> HashAsync(string user, string? password, CancellationToken cancellationToken) =>
        password is null || password.Length < AccessLimits.ShortestPassword || password.Length > AccessLimits.LongestPassword
            ? throw Refusal.Invalid($"password: must have {AccessLimits.ShortestPassword} to {AccessLimits.LongestPassword} characters; a few words are easy to keep in mind.")
        : password.Equals(user, StringComparison.OrdinalIgnoreCase) || password.Distinct().Count() < 5
            ? throw Refusal.Invalid("password: is too easy to guess; take a few words.")
        : InTurnAsync(() => PasswordHash.Of(password), cancellationToken);

    public void Dispose() => turn.Dispose();

    private async Task<T> InTurnAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref waiting) > MostWaiting)
        {
            Interlocked.Decrement(ref waiting);
            throw new Refusal(429, ProblemCode.TooManyAttempts, "Too many sign in at the same time; try again in a few seconds.") { RetryAfter = TimeSpan.FromSeconds(5) };
        }

        try
        {
            await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return work();
            }
            finally
            {
                turn.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
        }
    }
}
