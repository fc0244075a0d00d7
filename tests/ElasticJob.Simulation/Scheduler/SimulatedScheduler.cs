using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.State;
using ElasticJob.Simulation.Checking;
using ElasticJob.Simulation.Cluster;
using ElasticJob.Simulation.Planning;

namespace ElasticJob.Simulation.Scheduler;

/// <summary>Where in a turn of its loop a scheduler dies.</summary>
internal enum CrashPoint
{
    BeforeCommit,
    AfterCommit,
    MidwayInEffects,
    AfterEffects,
    Anywhere,
}

/// <summary>
/// One scheduler process: the real core, and the order of the real loop and driver written down once more for virtual time. (SchedulerLoop itself goes on
/// the thread pool at every await, so it cannot be driven by one thread; what it promises is small, and is this:)
/// <code>
///   1. drain    2. the core decides    3. commit, fenced, the same batch until it succeeds    4. effects, events, answers
/// </code>
/// </summary>
internal sealed class SimulatedScheduler(SimulatedWorld world, int number)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly Queue<Input> inbox = new();
    private readonly Queue<SchedulerEvent> unsent = new();
    private readonly List<Action> deferred = [];
    private readonly Dictionary<long, Asking> asked = [];
    private SchedulingCore? core;
    private Link? link;
    private TimeSpan bornAt;
    private long epoch;
    private long confirmed;
    private long nextQuestion;
    private int alarm;
    private bool turnPlanned;
    private bool committing;
    private bool pumping;
    private bool wake = true;
    private TimeSpan backoff = TimeSpan.FromMilliseconds(100);
    private CrashPoint? crashAt;

    public int Number { get; } = number;

    public bool IsDead { get; private set; }

    public bool IsFrozen { get; private set; }

    public bool IsOpen => core is not null && !IsDead;

    public bool IsIdle => !committing && inbox.Count == 0 && unsent.Count == 0;

    public SchedulingCore Core => core!;

    public void Start() => Later(world.Chaos.Span(0.01, 0.5), () =>
    {
        if (world.Store.IsDown)
        {
            Start();
            return;
        }

        bornAt = world.Timeline.Now;
        (epoch, IReadOnlyList<Mutation> records) = world.Store.Open();
        try
        {
            core = new SchedulingCore(world.Plan.Options, epoch, records);
            foreach (SchedulerEvent happening in EventOutbox.Read(records))
            {
                unsent.Enqueue(happening);
            }
        }
        catch (Exception e)
        {
            world.Witness.Fail("I10", $"a scheduler could not take over: {e.Message}");
            IsDead = true;
            return;
        }

        long stored = world.Sink.StoredUpTo;
        if (stored > 0)
        {
            confirmed = stored;
        }

        Subscribe();
        Pump();
        PlanTurn();
    });

    public void CrashAt(CrashPoint point)
    {
        if (point == CrashPoint.Anywhere)
        {
            Die();
        }
        else
        {
            crashAt = point;
        }
    }

    public void Freeze() => IsFrozen = true;

    public void Thaw()
    {
        IsFrozen = false;
        Action[] late = [.. deferred];
        deferred.Clear();
        foreach (Action action in late)
        {
            Do(action);
        }
    }

    public void Ask(Asking asking) => Do(() =>
    {
        if (core is null)
        {
            return;
        }

        asked.Add(++nextQuestion, asking);
        Post(new Input.Asked(nextQuestion, world.Planted.Command(asking.Command, this, nextQuestion)));
    });

    /// <summary>For the planted bug that answers without doing.</summary>
    public void AnswerAtOnce(long question)
    {
        if (asked.Remove(question, out Asking? asking))
        {
            world.Answered(asking, CommandResult.Done);
        }
    }

    // --- the driver -----------------------------------------------------------------------------------------------------

    public void Hear(Link from, Input input) => Do(() =>
    {
        if (from == link)
        {
            Post(input);
        }
    });

    public void Broken(Link from, string reason) => Do(() =>
    {
        if (from == link)
        {
            link = null;
            Post(new Input.Disconnected(reason));
            Later(backoff, Subscribe);
            backoff = backoff * 2 < TimeSpan.FromSeconds(15) ? backoff * 2 : backoff;
        }
    });

    public void Removed(Link from, string reason) => Do(() =>
    {
        if (from == link)
        {
            framework = null;
            frameworkForgotten = true;
            Post(new Input.FrameworkRemoved(reason));
            Broken(from, reason);
        }
    });

    public void FencedByMaster(Link from) => Do(() =>
    {
        if (from == link)
        {
            Die();
        }
    });

    public void CallRefused(Effect effect) => Do(() => GiveBack(effect));

    private string? framework;
    private bool frameworkForgotten;

    private void Subscribe()
    {
        link = new Link(this);
        Link mine = link;
        if (!frameworkForgotten)
        {
            framework ??= core!.FrameworkId;
        }

        string? id = framework;
        world.Timeline.After(world.Latency(), () => world.Master.Subscribe(mine, id));
    }

    private void Send(Effect effect)
    {
        if (link is not { } to)
        {
            GiveBack(effect);
            return;
        }

        if (world.FaultsOn && world.Chaos.Chance(world.Plan.CallLost))
        {
            // The connection broke under the call: nobody knows whether it arrived.
            bool arrives = world.Chaos.Chance(0.5);
            if (arrives)
            {
                Deliver(to, effect);
            }

            return;
        }

        Deliver(to, effect);
    }

    private void Deliver(Link to, Effect effect)
    {
        TimeSpan arrival = world.Timeline.Now + world.Latency();
        arrival = arrival < sentUntil ? sentUntil : arrival;
        sentUntil = arrival;
        world.Timeline.After(arrival - world.Timeline.Now, () => world.Master.Call(to, effect));
    }

    private TimeSpan sentUntil;

    private void GiveBack(Effect effect)
    {
        if (effect is Effect.Accept accept)
        {
            foreach (TaskLaunch launch in accept.Tasks)
            {
                Post(new Input.Status(new TaskUpdate { Task = launch.Task, State = TaskState.Dropped, Agent = accept.Agent, Source = "scheduler", Reason = "notSent" }));
            }
        }
    }

    // --- the loop -------------------------------------------------------------------------------------------------------

    private void Post(Input input)
    {
        if (input is Input.Connected connected)
        {
            framework = connected.FrameworkId;
            frameworkForgotten = false;
            backoff = TimeSpan.FromMilliseconds(100);
        }

        if (world.Planted.Takes(input))
        {
            inbox.Enqueue(input);
            wake = true;
            PlanTurn();
        }
    }

    private void PlanTurn()
    {
        if (!turnPlanned && !committing)
        {
            turnPlanned = true;
            Later(TimeSpan.FromMicroseconds(300), Turn);
        }
    }

    private void Turn()
    {
        turnPlanned = false;
        if (committing)
        {
            return;
        }

        bool acted = wake;
        wake = false;
        List<Input> inputs = [.. inbox];
        inbox.Clear();
        if (confirmed > 0 && acted)
        {
            if (world.Bug != PlantedBug.ConfirmationIgnored)
            {
                inputs.Add(new Input.EventsConfirmed(confirmed));
            }

            confirmed = 0;
        }

        StepResult step;
        try
        {
            step = core!.Step(inputs, new Moment(world.Planted.Wall(world.Wall), world.Timeline.Now - bornAt));
        }
        catch (Exception e)
        {
            world.Witness.Fail("core", $"the core threw {e.GetType().Name}: {e.Message} {e.StackTrace?.Split('\n').FirstOrDefault()?.Trim()}");
            Die();
            return;
        }

        if (step.Mutations.Count == 0 && step.Effects.Count == 0 && inputs.Count == 0)
        {
            world.Timeline.Events--;
            Rest(step);
            return;
        }

        step = world.Planted.Step(step, this);
        committing = true;
        if (world.Bug == PlantedBug.EffectsBeforeCommit)
        {
            CarryAll(step.Effects);
        }
        else if (world.Bug == PlantedBug.AcknowledgedBeforeCommit)
        {
            CarryAll([.. step.Effects.Where(e => e is Effect.Acknowledge)]);
        }

        if (step.Mutations.Count == 0)
        {
            Act(step);
        }
        else if (!Dies(CrashPoint.BeforeCommit))
        {
            Commit(new SchedulerCommit(step, world.Wall), TimeSpan.FromMilliseconds(200));
        }
    }

    private void Commit(SchedulerCommit commit, TimeSpan pause) => world.Timeline.After(world.Store.Slowness + world.Latency(), () =>
    {
        // A batch that was sent is written even if its sender is dead or frozen by then.
        CommitAnswer answer = world.Store.Commit(epoch, commit);
        Do(() =>
        {
            switch (answer)
            {
                case CommitAnswer.Done when !Dies(CrashPoint.AfterCommit):
                    Act(commit.Step);
                    break;
                case CommitAnswer.Failed or CommitAnswer.Unknown:
                    Later(pause, () => Commit(commit, pause * 2 < TimeSpan.FromSeconds(5) ? pause * 2 : TimeSpan.FromSeconds(5)));
                    break;
                case CommitAnswer.Fenced:
                    Die();
                    break;
                default:
                    break;
            }
        });
    });

    private void Act(StepResult step)
    {
        if (world.Bug != PlantedBug.EffectsBeforeCommit)
        {
            for (int i = 0; i < step.Effects.Count; i++)
            {
                if (i == step.Effects.Count / 2 && Dies(CrashPoint.MidwayInEffects))
                {
                    return;
                }

                if (world.Bug != PlantedBug.AcknowledgedBeforeCommit || step.Effects[i] is not Effect.Acknowledge)
                {
                    Send(step.Effects[i]);
                }
            }
        }

        if (Dies(CrashPoint.AfterEffects))
        {
            return;
        }

        foreach (SchedulerEvent happening in step.Events)
        {
            unsent.Enqueue(happening);
        }

        Pump();
        foreach ((long id, CommandResult result) in step.Answers)
        {
            if (asked.Remove(id, out Asking? asking))
            {
                world.Answered(asking, result);
            }
        }

        committing = false;
        Rest(step);
    }

    private void Rest(StepResult step)
    {
        if (inbox.Count > 0)
        {
            PlanTurn();
            return;
        }

        int mine = ++alarm;
        Later(step.WakeIn is { } wakeIn && wakeIn < LongestWait ? wakeIn : LongestWait, () =>
        {
            if (mine == alarm && !turnPlanned && !committing)
            {
                wake = true;
                Turn();
            }
        });
    }

    private void CarryAll(IReadOnlyList<Effect> effects)
    {
        foreach (Effect effect in effects)
        {
            Send(effect);
        }
    }

    private void Pump()
    {
        if (pumping || unsent.Count == 0)
        {
            return;
        }

        pumping = true;
        TryWrite([.. unsent], TimeSpan.FromMilliseconds(200));
        unsent.Clear();
    }

    private void TryWrite(IReadOnlyList<SchedulerEvent> batch, TimeSpan pause) => Later(world.Latency(), () =>
    {
        if (world.Sink.Write(world.Planted.Events(batch)))
        {
            pumping = false;
            confirmed = Math.Max(confirmed, batch[^1].Sequence);
            Pump();
        }
        else
        {
            Later(pause, () => TryWrite(batch, pause * 2 < TimeSpan.FromSeconds(10) ? pause * 2 : pause));
        }
    });

    private bool Dies(CrashPoint here)
    {
        if (crashAt == here)
        {
            Die();
        }

        return IsDead;
    }

    private void Die()
    {
        if (IsDead)
        {
            return;
        }

        IsDead = true;
        if (link is { } open)
        {
            world.Timeline.After(world.Latency(), () => world.LinkDied(open));
        }

        world.SchedulerEnded(this);
    }

    private void Later(TimeSpan delay, Action action) => world.Timeline.After(delay, () => Do(action));

    private void Do(Action action)
    {
        if (IsFrozen)
        {
            deferred.Add(action);
        }
        else if (!IsDead)
        {
            action();
        }
    }
}
