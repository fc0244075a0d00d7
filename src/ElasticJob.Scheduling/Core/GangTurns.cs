using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduling.Core;

/// <summary>When offers are kept for a run whose shards start together, and when others have their turn.</summary>
internal sealed class GangTurns(World world)
{
    /// <summary>
    /// A gang that waited too long gets the offers to itself for a while; then others have their turn, for as long at first and twice as long after each
    /// time in vain. What cannot fit, even if all that this scheduler runs had ended, keeps nothing from anybody.
    /// </summary>
    public bool KeepsOffersFor(Run gang, App app)
    {
        TimeSpan now = world.Now.Elapsed;
        if (ReferenceEquals(world.Reserving, gang))
        {
            if (now < world.ReservingUntil)
            {
                return true;
            }

            world.Reserving = null;
            world.ReserveAgainFrom = now + world.Options.GangHold;
            gang.KeptInVain++;
            gang.KeepAgainFrom = now + Backoff.After(gang.KeptInVain, world.Options.GangHold, world.Options.GangLongestPause);
            return false;
        }

        bool free = world.Reserving is null || world.Reserving.StartedAt is not null || world.Reserving.State != RunState.Ready || now >= world.ReservingUntil;
        if (!free || now < world.ReserveAgainFrom || now < gang.KeepAgainFrom || now - gang.ReadySince < world.Options.GangPatience)
        {
            return false;
        }

        if (!CouldFit(gang, app))
        {
            // Looked at again when agents may have come or gone.
            gang.KeepAgainFrom = now + world.Options.GangHold;
            return false;
        }

        world.Reserving = gang;
        world.ReservingUntil = now + world.Options.GangHold;
        world.Timers.Set(world.ReservingUntil, new TimerSubject.GangWindow());
        return true;
    }

    /// <summary>Whether all shards that wait would have a place on the agents that are known, were it not for other work of this scheduler.</summary>
    private bool CouldFit(Run run, App app)
    {
        long places = 0;
        foreach (Agent agent in world.Agents.Values)
        {
            var spot = new Spot(agent);
            if (!spot.Suits(run))
            {
                continue;
            }

            Resources whole = spot.Free - app.Record.Definition.Resources;
            foreach (Executor executor in agent.Executors.Values)
            {
                whole += executor.Record.App.Resources;
                foreach (Attempt attempt in executor.Attempts)
                {
                    whole += attempt.Run.Definition.Resources;
                }
            }

            places += run.Definition.Resources.TimesIn(whole);
        }

        return places >= run.Pending;
    }
}
