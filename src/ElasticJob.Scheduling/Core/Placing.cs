using System.Globalization;
using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Traces;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduling.Core;

/// <summary>
/// Gives shards their places. One round at the end of each step:
/// 1. runs are taken in order of priority and age; 2. each shard goes to the fitting agent with a warm executor, the fewest shards of the run and the most
/// room; 3. a gang gets all its places or none; 4. agents with launches are accepted, the rest is declined at once; 5. offers are asked for while
/// something waits, and suppressed when nothing does.
/// </summary>
internal sealed class Placing(World world, Changes changes, RunLifecycle runs, AttemptLifecycle attempts, ExecutorPool executors)
{
    private const int MostRefusals = 8;

    /// <summary>After this many runs without a place the round ends; the rest is looked at in the next.</summary>
    private const int MostMisses = 200;

    private readonly GangTurns gangs = new(world);

    public void Round()
    {
        if (!world.Connected)
        {
            return;
        }

        List<Spot> spots = [.. world.Agents.Values.Where(a => a.Offers.Count > 0).Select(a => new Spot(a))];
        if (spots.Count > 0)
        {
            if (world.Placeable.Count > 0)
            {
                PlaceRuns(spots);
            }

            HandBack(spots);
        }

        AskForOffers();
    }

    /// <summary>A pause after a revive is over.</summary>
    public void ReviveAllowed() => world.ReviveTimerSet = false;

    private void PlaceRuns(List<Spot> spots)
    {
        int misses = 0;
        var hopeless = new HashSet<(Resources, AppName, Placement)>();
        foreach (Run run in world.Placeable.ToArray())
        {
            if (misses >= MostMisses)
            {
                return;
            }

            var shape = (run.Definition.Resources, run.Definition.App, run.Definition.Placement);
            bool gang = run.StartedAt is null && run.Definition.Policy.Launch == LaunchPolicy.AllShards && !run.IsResident;
            if (hopeless.Contains(shape))
            {
                continue;
            }

            if (!world.Apps.TryGetValue(run.Definition.App, out App? app))
            {
                continue;
            }

            int placed = gang ? PlaceGang(run, app, spots) : PlaceEach(run, app, spots);
            if (placed == 0)
            {
                misses++;
                if (!gang || run.Shards.Length == 1)
                {
                    hopeless.Add(shape);
                }

                if (gang && gangs.KeepsOffersFor(run, app))
                {
                    foreach (Spot spot in spots)
                    {
                        spot.Kept = true;
                    }

                    return;
                }
            }
        }
    }

    private int PlaceEach(Run run, App app, List<Spot> spots)
    {
        int placed = 0;
        foreach (Shard shard in run.Shards)
        {
            if (shard.State != ShardState.Pending)
            {
                continue;
            }

            if (TryPlan(run, app, spots) is not { } plan)
            {
                run.Refusals = Refusals(run, app, spots);
                return placed;
            }

            Launch(run, shard, app, plan);
            placed++;
        }

        return placed;
    }

    private int PlaceGang(Run run, App app, List<Spot> spots)
    {
        var plans = new List<(Shard Shard, Plan Plan)>();
        foreach (Shard shard in run.Shards)
        {
            if (shard.State != ShardState.Pending)
            {
                continue;
            }

            if (TryPlan(run, app, spots) is not { } plan)
            {
                List<string> refusals = Refusals(run, app, spots);
                run.Refusals = run.Shards.Length > 1 ? [$"{plans.Count} of {run.Pending} shards would fit; all of them must at once", .. refusals] : refusals;
                for (int i = plans.Count - 1; i >= 0; i--)
                {
                    plans[i].Plan.Undo();
                }

                return 0;
            }

            plans.Add((shard, plan));
        }

        foreach ((Shard shard, Plan plan) in plans)
        {
            Launch(run, shard, app, plan);
        }

        return plans.Count;
    }

    private static Plan? TryPlan(Run run, App app, List<Spot> spots)
    {
        string spec = app.Spec;
        Spot? best = null;
        (int SameGroup, int Warm, int SameRun, long Room) bestScore = default;
        foreach (Spot spot in spots)
        {
            if (!spot.Suits(run))
            {
                continue;
            }

            bool warm = spot.HasExecutor(spec);
            Resources needs = warm ? run.Definition.Resources : run.Definition.Resources + app.Record.Definition.Resources;
            if (!needs.FitsIn(spot.Free))
            {
                continue;
            }

            int group = run.Definition.Placement.Spread is { } spread ? spots.Where(s => s.Attribute(spread) == spot.Attribute(spread)).Sum(s => s.TasksOf(run)) : 0;
            var score = (-group, warm ? 1 : 0, -spot.TasksOf(run), spot.Free.MilliCpus + (spot.Free.MilliMemory / 1000));
            if (best is null || score.CompareTo(bestScore) > 0)
            {
                best = spot;
                bestScore = score;
            }
        }

        return best?.Reserve(run, app, spec);
    }

    private void Launch(Run run, Shard shard, App app, Plan plan)
    {
        Spot spot = plan.Spot;
        Executor executor = ExecutorPool.Find(spot.Agent, plan.Spec) ?? executors.Add(executors.NewId(app.Record.Definition.Name), app, plan.Spec, spot.Agent);
        shard.Attempts++;
        var attempt = new Attempt
        {
            Task = RunNames.Task(run.Id, shard.Item, shard.Attempts),
            Run = run,
            Shard = shard,
            Number = shard.Attempts,
            FencingToken = world.TakeSerial(),
            Agent = spot.Agent.Id,
            Executor = executor.Id,
            LaunchedAt = world.Now.Wall,
            State = TaskState.Staging,
            Confirmed = true,
        };
        shard.Attempt = attempt;
        shard.Reason = null;
        run.Refusals = [];
        executor.Attempts.Add(attempt);
        executor.IdleSince = null;
        spot.Agent.Tasks++;
        world.Attempts.Add(attempt.Task, attempt);
        world.SetState(run, shard, ShardState.Active);
        changes.Touch(run, shard);
        changes.TouchMeta();
        runs.Started(run);
        changes.Emit(Changes.About(attempt, EventKind.TaskLaunched) with
        {
            State = TaskState.Staging,
            Hostname = spot.Agent.Hostname,
            AgentAddress = spot.Agent.Address,
            Source = "scheduler",
        });
        attempts.WatchLaunch(attempt);
        spot.Launches.Add(new TaskLaunch(
            attempt.Task,
            run.Definition.Resources,
            new ExecutorSpec(executor.Id, executor.Record.App, executor.Record.Description),
            OrderFor(run, shard, attempt),
            run.Definition.Policy.KillGrace));
    }

    private TaskOrder OrderFor(Run run, Shard shard, Attempt attempt) => new()
    {
        Job = run.Job.Name.Value,
        JobVersion = run.Version,
        Run = run.Id,
        Task = attempt.Task,
        ScheduledAt = run.DueAt,
        Trigger = run.Trigger,
        Shard = shard.Item,
        ShardCount = run.Definition.ShardCount,
        ShardParameter = run.Definition.ShardParameters.GetValueOrDefault(shard.Item),
        JobParameter = run.Parameter ?? run.Definition.Parameter,
        Attempt = attempt.Number,
        FencingToken = attempt.FencingToken,
        Work = run.Definition.Work,

        // A resident shard has no end: each of its executions is a trace of its own.
        TraceParent = run.IsResident ? null : RunTrace.ParentOf(run.Id, attempt.Task, world.Options.TraceRatio),
        Resident = run.IsResident
            ? new ResidentOrder
            {
                Schedules = run.Job.Schedules,
                FiredUpTo = run.Job.Cursor.FiredUpTo is { } fired && fired.TryGetValue(shard.Item, out DateTimeOffset upTo) ? upTo : run.CreatedAt,
                Misfire = run.Definition.Policy.Misfire,
                CatchUpWindow = run.Definition.Policy.CatchUpWindow,
            }
            : null,
    };

    private void HandBack(List<Spot> spots)
    {
        bool waiting = world.Placeable.Count > 0;
        var unused = new List<string>();
        foreach (Spot spot in spots)
        {
            string[] offers = [.. spot.Agent.Offers.Keys];
            if (spot.Launches.Count > 0)
            {
                changes.Do(new Effect.Accept(spot.Agent.Id, offers, [.. spot.Launches], waiting ? world.Options.RefuseUnfit : world.Options.RefuseIdle));
            }
            else if (spot.Kept)
            {
                continue;
            }
            else
            {
                unused.AddRange(offers);
            }

            spot.Agent.Offers.Clear();
            world.Tidy(spot.Agent.Id);
        }

        if (unused.Count > 0)
        {
            changes.Do(new Effect.Decline(unused, waiting ? world.Options.RefuseUnfit : world.Options.RefuseIdle));
        }
    }

    private void AskForOffers()
    {
        if (world.Placeable.Count == 0)
        {
            world.FreshDemand = false;
            if (!world.Suppressed && !world.LooksAround)
            {
                world.Suppressed = true;
                changes.Do(new Effect.Suppress());
            }

            return;
        }

        if (!world.Suppressed && !world.FreshDemand)
        {
            return;
        }

        TimeSpan allowed = world.LastRevive == TimeSpan.MinValue ? world.Now.Elapsed : world.LastRevive + world.Options.ReviveInterval;
        if (allowed <= world.Now.Elapsed || world.Suppressed)
        {
            world.Suppressed = false;
            world.FreshDemand = false;
            world.LastRevive = world.Now.Elapsed;
            changes.Do(new Effect.Revive());
        }
        else if (!world.ReviveTimerSet)
        {
            world.ReviveTimerSet = true;
            world.Timers.Set(allowed, new TimerSubject.ReviveAllowed());
        }
    }

    private static List<string> Refusals(Run run, App app, List<Spot> spots)
    {
        var refusals = new List<string>();
        foreach (Spot spot in spots)
        {
            if (refusals.Count == MostRefusals)
            {
                refusals.Add(string.Create(CultureInfo.InvariantCulture, $"… and {spots.Count - MostRefusals} more"));
                break;
            }

            if (spot.Agent.Draining)
            {
                refusals.Add($"{spot.Agent.Hostname}: it is being drained");
            }
            else if (run.Definition.Placement.Constraints.FirstOrDefault(c => !spot.Meets(c)) is { } unmet)
            {
                refusals.Add($"{spot.Agent.Hostname}: not '{unmet}' ({unmet.Attribute} is {spot.Attribute(unmet.Attribute) ?? "absent"})");
            }
            else
            {
                bool warm = spot.HasExecutor(app.Spec);
                Resources needs = warm ? run.Definition.Resources : run.Definition.Resources + app.Record.Definition.Resources;
                refusals.Add($"{spot.Agent.Hostname}: needs {needs}{(warm ? "" : " (with a new executor)")}, offered {spot.Free}");
            }
        }

        return refusals;
    }
}
