using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.State;
using Microsoft.Extensions.Hosting;

namespace ElasticJob.Scheduler.Access;

/// <summary>Once a minute: makes durable when tokens and sessions were used last, and removes what has ended.</summary>
internal sealed class AccessUpkeep(ISchedulerLoop loop, AccessBook book, LastSeen seen, TimeProvider time) : BackgroundService
{
    /// <summary>Expired tokens are listed for a while, so that their owners see why something stopped.</summary>
    private static readonly TimeSpan TokensStay = TimeSpan.FromDays(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(AccessLimits.SeenEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            await OnceAsync(stoppingToken).ConfigureAwait(false);
        }
    }

    public async Task OnceAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<KeptRecord> changes = [.. Ended(), .. seen.Take()];
        IReadOnlyList<KeptRecord> once = [.. changes.DistinctBy(c => c.Key)];
        if (once.Count == 0)
        {
            return;
        }

        try
        {
            // A conflict means that somebody changed one of them just now; the next minute does it.
            await loop.SubmitAsync(new Command.Keep("scheduler", once), cancellationToken).ConfigureAwait(false);
        }
        catch (SchedulerUnavailableException)
        {
            // Whoever leads does it.
        }
    }

    private IEnumerable<KeptRecord> Ended()
    {
        AccessState state = book.Now;
        DateTimeOffset now = time.GetUtcNow();
        return
        [
            .. state.Sessions.All
                .Where(s => Callers.HasEnded(s, seen.Of(s), now) || (s.User is not null && state.Users.Find(s.User)?.Stamp != s.Stamp))
                .Select(state.Sessions.Remove),
            .. state.Links.All.Where(l => l.ExpiresAt <= now).Select(state.Links.Remove),
            .. state.Tokens.All.Where(t => t.ExpiresAt + TokensStay <= now).Select(state.Tokens.Remove),
        ];
    }
}
