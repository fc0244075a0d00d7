using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Views;
using ElasticJob.Simulation.Checking;
using ElasticJob.Simulation.Cluster;
using ElasticJob.Simulation.Scheduler;
using ElasticJob.Simulation.Time;
using ElasticJob.Simulation.ZooKeeper;

namespace ElasticJob.Simulation.Planning;

/// <summary>Does what a plan says to the world.</summary>
internal sealed class Deeds(SimulatedWorld world)
{
    public void Do(PlanItem item)
    {
        var rng = new Rng(item.Salt);
        switch (item.Deed)
        {
            case Deed.MasterFailover:
                world.Master.Failover();
                break;
            case Deed.ConnectionBreak:
                world.Master.CutLink("the connection broke");
                break;
            case Deed.ConnectionSilent:
                world.Master.FallSilent(rng.Span(5, 75));
                break;
            case Deed.FrameworkTeardown:
                world.TearDownFramework();
                break;
            case Deed.Rescind:
                world.Master.RescindAll(null);
                break;
            case Deed.AgentPartition:
                Partition(Pick(rng), rng.Span(1, 90));
                break;
            case Deed.AgentCrash:
                Crash(Pick(rng), rng.Span(20, 120));
                break;
            case Deed.AgentReboot:
                Crash(Pick(rng), rng.Span(0.5, 10));
                break;
            case Deed.AgentGone:
                if (Pick(rng) is { } given)
                {
                    world.Master.MarkGone(given.Id);
                    EndWhenHeard(given, rng.Span(10, 60));
                }

                break;
            case Deed.AgentRestart:
                Restart(Pick(rng), rng);
                break;
            case Deed.ExecutorDeath:
                if (Pick(rng) is { } host && host.Executors.Count > 0)
                {
                    host.EndExecutor(host.Executors.Keys.ElementAt(rng.Below(host.Executors.Count)), "REASON_EXECUTOR_TERMINATED", asked: false);
                }

                break;
            case Deed.StoreDown:
                world.Ensemble.IsDown = true;
                world.Timeline.After(rng.Span(0.1, 30), () => world.Ensemble.IsDown = false);
                break;
            case Deed.StoreUnknown:
                world.Ensemble.UnknownAnswers += rng.Between(1, 5);
                break;
            case Deed.StoreSlow:
                world.Ensemble.Slowness = rng.Span(0.1, 4);
                world.Timeline.After(rng.Span(5, 40), () => world.Ensemble.Slowness = TimeSpan.Zero);
                break;
            case Deed.StoreLags:
                int server = rng.Below(Ensemble.Servers);
                world.Ensemble.Lag(server, rng.Span(0.1, 8));
                world.Timeline.After(rng.Span(5, 60), () => world.Ensemble.Lag(server, TimeSpan.Zero));
                break;
            case Deed.SessionCut:
                CutSessions(rng);
                break;
            case Deed.SchedulerCrash:
                world.Leader?.CrashAt((CrashPoint)rng.Below(5));
                break;
            case Deed.SchedulerFreeze:
                world.FreezeLeader(rng.Span(0.5, 40));
                break;
            case Deed.SinkDown:
                world.Sink.IsDown = true;
                world.Timeline.After(rng.Span(1, 90), () => world.Sink.IsDown = false);
                break;
            case Deed.SinkRepeat:
                world.Sink.Repeats += rng.Between(1, 4);
                break;
            case Deed.ClockBack:
                world.ClockOffset -= rng.Span(1, rng.Pick(10, 120, 3700));
                world.Witness.StepsBack.Add(world.Witness.LastCommitted);
                break;
            case Deed.ClockForward:
                world.ClockOffset += rng.Span(1, rng.Pick(10, 120, 3700));
                break;
            case Deed.Drain:
                if (Pick(rng) is { } drained)
                {
                    world.Master.Drain(drained);
                    world.Timeline.After(rng.Span(10, 60), () => drained.Draining = false);
                }

                break;
            default:
                Operate(item.Deed, rng);
                break;
        }
    }

    private void Operate(Deed deed, Rng rng)
    {
        JobDefinition first = world.Plan.Jobs[rng.Below(world.Plan.Jobs.Count)];
        JobName job = first.Name;
        switch (deed)
        {
            case Deed.UpdateJob:
                JobDefinition changed = rng.Chance(0.5)
                    ? Plan.Job(rng, job.Value, rng.Chance(0.15) ? JobMode.Resident : JobMode.Transient) with { Enabled = rng.Chance(0.9) }
                    : first with { Parameter = $"p{rng.Below(100)}" };
                world.Ask(actor => new Command.Apply(actor, [], [changed]));
                break;
            case Deed.DisableJob:
                world.Ask(actor => new Command.EnableJob(actor, job, false));
                if (rng.Chance(0.7))
                {
                    world.Timeline.After(rng.Span(1, 60), () => world.Ask(actor => new Command.EnableJob(actor, job, true)));
                }

                break;
            case Deed.EnableJob:
                world.Ask(actor => new Command.EnableJob(actor, job, true));
                break;
            case Deed.RemoveJob:
                world.Ask(actor => new Command.RemoveJob(actor, job));
                if (rng.Chance(0.7))
                {
                    world.Timeline.After(rng.Span(0.01, 60), () => world.Ask(actor => new Command.Apply(actor, [], [first])));
                }

                break;
            case Deed.TriggerJob:
                world.Ask(actor => new Command.TriggerJob(actor, job, "by hand", first.ShardCount > 1 && rng.Chance(0.3) ? [0] : null));
                break;
            case Deed.KillRun:
                if (world.Leader is { } leader && leader.Core.Runs().ToList() is { Count: > 0 } runs)
                {
                    string run = runs[rng.Below(runs.Count)].Id;
                    world.Ask(actor => new Command.KillRun(actor, run, rng.Chance(0.3) ? 0 : null));
                }

                break;
            case Deed.ToggleApp:
                var app = new AppName(rng.Chance(0.7) ? "app0" : "app1");
                world.Ask(actor => new Command.EnableApp(actor, app, false));
                world.Timeline.After(rng.Span(1, 60), () => world.Ask(actor => new Command.EnableApp(actor, app, true)));
                break;
            case Deed.UpdateApp:
                AppDefinition updated = SimulatedWorld.App(rng.Chance(0.7) ? "app0" : "app1", $"./App{rng.Below(3)}");
                world.Ask(actor => new Command.Apply(actor, [updated], []));
                break;
            case Deed.RemoveApp:
                string name = rng.Chance(0.5) ? "app0" : "app1";
                world.Ask(actor => new Command.RemoveApp(actor, new AppName(name)));
                world.Timeline.After(rng.Span(0.01, 60), () => world.Ask(actor => new Command.Apply(actor, [SimulatedWorld.App(name)], [])));
                break;
            case Deed.DeclareLost:
                DeclareLost(rng, times: 4);
                break;
            case Deed.Reconcile:
                world.Ask(actor => new Command.Reconcile(actor, rng.Chance(0.5)));
                break;
            case Deed.Reload:
                world.Timeline.After(TimeSpan.Zero, () => ViewComparison.Check(world));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(deed), deed, "There is no such deed.");
        }
    }

    /// <summary>Somebody looks now and again whether a shard hangs on an agent that is silent, and gives it up.</summary>
    private void DeclareLost(Rng rng, int times)
    {
        if (world.Leader is { } leader)
        {
            foreach (RunView run in leader.Core.Runs().Where(r => r.State == RunState.Running).ToArray())
            {
                foreach (ShardView shard in run.Shards.Where(s => s.Task is { State: TaskState.Unreachable or TaskState.Unknown }))
                {
                    world.Ask(actor => new Command.DeclareLost(actor, run.Id, shard.Item));
                }
            }
        }

        if (times > 1)
        {
            world.Timeline.After(rng.Span(5, 30), () => DeclareLost(rng, times - 1));
        }
    }

    /// <summary>An agent that an operator has declared gone ends when the master can tell it so; until then its tasks run on.</summary>
    private void EndWhenHeard(Agent agent, TimeSpan back)
    {
        if (!agent.IsUp)
        {
            return;
        }

        if (agent.CanTalk)
        {
            Crash(agent, back);
        }
        else
        {
            world.Timeline.After(TimeSpan.FromSeconds(2), () => EndWhenHeard(agent, back));
        }
    }

    /// <summary>One session of the leader, or all of them, cannot reach the servers; for longer than a session lasts, or shorter.</summary>
    private void CutSessions(Rng rng)
    {
        TimeSpan span = rng.Span(0.1, 20);
        if (world.Leader is { Sessions: { Count: > 0 } sessions })
        {
            int only = rng.Below(sessions.Count + 1);
            for (int i = 0; i < sessions.Count; i++)
            {
                if (only == i || only == sessions.Count)
                {
                    sessions[i].Cut(span);
                }
            }
        }
    }

    private Agent? Pick(Rng rng)
    {
        List<Agent> up = [.. world.Agents.Where(a => a.IsUp)];
        return up.Count == 0 ? null : up[rng.Below(up.Count)];
    }

    private void Partition(Agent? agent, TimeSpan span)
    {
        if (agent is null || agent.Partitioned)
        {
            return;
        }

        agent.Partitioned = true;
        world.Master.Watch(agent);
        world.Timeline.After(span, () =>
        {
            agent.Partitioned = false;
            world.Master.Register(agent);
        });
    }

    private void Crash(Agent? agent, TimeSpan span)
    {
        if (agent is null)
        {
            return;
        }

        agent.Crash();
        world.Master.Watch(agent);
        world.Timeline.After(span, () => world.AddAgent(agent.Hostname));
    }

    /// <summary>The agent process restarts; its executors run on, unless the recovery fails.</summary>
    private void Restart(Agent? agent, Rng rng)
    {
        if (agent is null || !agent.ProcessUp)
        {
            return;
        }

        agent.ProcessUp = false;
        world.Master.Watch(agent);
        bool recovers = rng.Chance(0.7);
        world.Timeline.After(rng.Span(0.5, 30), () =>
        {
            agent.ProcessUp = true;
            if (!agent.IsUp)
            {
                return;
            }

            if (!recovers)
            {
                foreach (string executor in agent.Executors.Keys.ToArray())
                {
                    agent.EndExecutor(executor, "REASON_EXECUTOR_REREGISTRATION_TIMEOUT", asked: false);
                }
            }

            world.Master.Register(agent);
        });
    }
}
