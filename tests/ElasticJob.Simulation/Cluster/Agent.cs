using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Reports;
using ElasticJob.Protocol.Schedules;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Simulation.Checking;
using ElasticJob.Simulation.Time;

namespace ElasticJob.Simulation.Cluster;

/// <summary>A task on its agent. Its updates go to the master one at a time, and again until each is acknowledged.</summary>
internal sealed class AgentTask
{
    public required TaskLaunch Launch { get; init; }

    public required AgentExecutor Executor { get; init; }

    public TaskState State { get; set; } = TaskState.Staging;

    public Execution? Running { get; set; }

    public bool KillWanted { get; set; }

    public DateTimeOffset FiredUpTo { get; set; }

    public Queue<TaskUpdate> Updates { get; } = new();

    public bool IsEnded => State is TaskState.Finished or TaskState.Failed or TaskState.Killed or TaskState.Lost or TaskState.Dropped;
}

internal sealed class AgentExecutor
{
    public required ExecutorSpec Spec { get; init; }

    public bool Registered { get; set; }

    public bool Ended { get; set; }

    public Dictionary<string, AgentTask> Tasks { get; } = [];
}

/// <summary>An agent and its executors: the processes that really run user code.</summary>
internal sealed class Agent(SimulatedWorld world, string id, string hostname)
{
    private static readonly TimeSpan FirstResend = TimeSpan.FromSeconds(10);
    private long nextUpdate;

    public string Id { get; } = id;

    public string Hostname { get; } = hostname;

    /// <summary>The machine is on; an agent whose machine went down never comes back under the same id.</summary>
    public bool IsUp { get; set; } = true;

    /// <summary>The agent process runs; its executors may outlive it.</summary>
    public bool ProcessUp { get; set; } = true;

    public bool Partitioned { get; set; }

    public bool Draining { get; set; }

    public bool CanTalk => IsUp && ProcessUp && !Partitioned;

    public Dictionary<string, AgentExecutor> Executors { get; } = [];

    public Dictionary<string, AgentTask> Tasks { get; } = [];

    /// <param name="launch">What to run.</param>
    /// <param name="startsExecutor">Whether the master counted with a new executor. If it did not and there is none, the task is dropped, as agents do.</param>
    public void Launch(TaskLaunch launch, bool startsExecutor)
    {
        if (!IsUp || !ProcessUp)
        {
            return;
        }

        if (!Executors.TryGetValue(launch.Executor.Id, out AgentExecutor? executor))
        {
            executor = new AgentExecutor { Spec = launch.Executor };
            if (!startsExecutor)
            {
                var dropped = new AgentTask { Launch = launch, Executor = executor };
                Tasks.Add(launch.Task, dropped);
                Say(dropped, TaskState.Dropped, "agent", "REASON_EXECUTOR_TERMINATED", null);
                return;
            }

            Executors.Add(launch.Executor.Id, executor);
            Rng own = Rng.For(world.Plan.Seed, launch.Executor.Id);
            AgentExecutor starting = executor;
            bool cannot = own.Chance(world.Plan.ExecutorCannotStart) && world.FaultsOn;
            world.Timeline.After(own.Span(0.05, world.Plan.SlowestStart), () => Registered(starting, cannot));
        }

        var task = new AgentTask { Launch = launch, Executor = executor };
        if (!Tasks.TryAdd(launch.Task, task))
        {
            world.Witness.Fail("I2", $"agent {Id} was given task {launch.Task} twice");
            return;
        }

        executor.Tasks.Add(launch.Task, task);
        if (executor.Registered)
        {
            Start(task);
        }
    }

    public void Kill(string task, TimeSpan grace)
    {
        if (!Tasks.TryGetValue(task, out AgentTask? found) || found.IsEnded || found.KillWanted)
        {
            return;
        }

        Rng own = Rng.For(world.Plan.Seed, "kill " + task);
        if (found.Running is null)
        {
            End(found, TaskState.Killed, "agent", "REASON_TASK_KILLED_DURING_LAUNCH", null);
        }
        else if (!own.Chance(world.Plan.KillIgnored))
        {
            found.KillWanted = true;
            Say(found, TaskState.Killing, "executor", null, null);
            world.Timeline.After(own.Span(0.01, grace.TotalSeconds + 0.02), () => End(found, TaskState.Killed, "executor", "REASON_TASK_KILLED_BY_USER", null));
        }
    }

    public void Acknowledge(string task, string uuid)
    {
        if (Tasks.TryGetValue(task, out AgentTask? found) && found.Updates.TryPeek(out TaskUpdate? head) && head.Uuid == uuid)
        {
            found.Updates.Dequeue();
            if (found.Updates.Count > 0)
            {
                Send(found, FirstResend);
            }
            else if (found.IsEnded)
            {
                Tasks.Remove(task);
            }
        }
    }

    /// <summary>Ends an executor, and with it all that it runs.</summary>
    public void EndExecutor(string id, string reason, bool asked)
    {
        if (!Executors.Remove(id, out AgentExecutor? executor))
        {
            return;
        }

        executor.Ended = true;
        foreach (AgentTask task in executor.Tasks.Values.ToArray())
        {
            if (!task.IsEnded)
            {
                End(task, TaskState.Failed, "agent", reason, null);
            }
        }

        world.Timeline.After(world.Latency(), () => world.Master.ExecutorEnded(this, id, asked ? 0 : 9));
    }

    /// <summary>The machine goes down with everything on it.</summary>
    public void Crash()
    {
        IsUp = false;
        foreach (AgentTask task in Tasks.Values)
        {
            if (task.Running is { To: null } running)
            {
                running.To = world.Timeline.Now;
            }
        }

        foreach (AgentExecutor executor in Executors.Values)
        {
            executor.Ended = true;
        }

        Executors.Clear();
        Tasks.Clear();
    }

    /// <summary>After the agent process or its connection came back: it tells the master what it has, and what was not acknowledged.</summary>
    public void ResendAll()
    {
        foreach (AgentTask task in Tasks.Values.ToArray())
        {
            if (task.Updates.Count > 0)
            {
                Send(task, FirstResend);
            }
        }
    }

    private void Registered(AgentExecutor executor, bool cannot)
    {
        if (executor.Ended || !IsUp)
        {
            return;
        }

        if (cannot)
        {
            EndExecutor(executor.Spec.Id, "REASON_CONTAINER_LAUNCH_FAILED", asked: false);
            return;
        }

        executor.Registered = true;
        foreach (AgentTask task in executor.Tasks.Values.ToArray())
        {
            Start(task);
        }
    }

    private void Start(AgentTask task)
    {
        if (task.IsEnded || task.Running is not null)
        {
            return;
        }

        TaskOrder order = task.Launch.Order;
        task.Running = new Execution { Order = order, Agent = Id, From = world.Timeline.Now };
        world.Witness.Executions.Add(task.Running);
        Rng own = Rng.For(world.Plan.Seed, task.Launch.Task);
        if (own.Chance(0.3))
        {
            Say(task, TaskState.Starting, "executor", null, null);
        }

        Say(task, TaskState.Running, "executor", null, new TaskReport { Sandbox = "/sandbox/" + task.Executor.Spec.Id, Log = "log" });
        bool fails = own.Chance(world.Plan.TaskFails);
        if (order.Resident is { } resident)
        {
            task.FiredUpTo = resident.FiredUpTo;
            Answer(task, resident);
            if (!fails || !world.FaultsOn)
            {
                return;
            }
        }

        // When the faults are over work is quick, so that all that waits can be seen to come to its end.
        world.Timeline.After(own.Span(0.02, world.FaultsOn ? world.Plan.LongestTask : 1), () =>
        {
            TaskFailure? failure = fails ? new TaskFailure { Kind = FailureKind.Exception, Message = "boom" } : null;
            End(task, fails ? TaskState.Failed : TaskState.Finished, "executor", null, failure is null ? null : new TaskReport { Failure = failure });
        });
    }

    /// <summary>A resident shard answers its due times; what passed while nothing ran is skipped.</summary>
    private void Answer(AgentTask task, ResidentOrder resident)
    {
        if (task.IsEnded || !IsUp || task.Executor.Ended)
        {
            return;
        }

        DateTimeOffset now = world.TrueTime;
        var answers = new List<ExecutionReport>();
        while (answers.Count < 20 && resident.Schedules.NextAfter(task.FiredUpTo) is { } due && due <= now)
        {
            bool late = due < now - TimeSpan.FromSeconds(10);
            answers.Add(new ExecutionReport { DueAt = due, Outcome = late ? ExecutionOutcome.Skipped : ExecutionOutcome.Succeeded, StartedAt = late ? null : now, CompletedAt = late ? null : now, Reason = late ? "late" : null });
            task.FiredUpTo = due;
        }

        if (answers.Count > 0)
        {
            Say(task, task.State, "executor", null, new TaskReport { Executions = answers, FiredUpTo = task.FiredUpTo });
        }

        world.Timeline.After(TimeSpan.FromSeconds(5), () => Answer(task, resident));
    }

    private void End(AgentTask task, TaskState state, string source, string? reason, TaskReport? report)
    {
        if (task.IsEnded || !IsUp)
        {
            return;
        }

        if (task.Running is { To: null } running)
        {
            running.To = world.Timeline.Now;
            running.Finished = state == TaskState.Finished;
        }

        task.Executor.Tasks.Remove(task.Launch.Task);
        Say(task, state, source, reason, report);
    }

    private void Say(AgentTask task, TaskState state, string source, string? reason, TaskReport? report)
    {
        task.State = state;
        task.Updates.Enqueue(new TaskUpdate
        {
            Task = task.Launch.Task,
            State = state,
            Agent = Id,
            Executor = task.Executor.Spec.Id,
            Source = source,
            Reason = reason,
            Report = report,
            Uuid = $"{Id}/{++nextUpdate}",
        });
        if (task.Updates.Count == 1)
        {
            Send(task, FirstResend);
        }
    }

    private void Send(AgentTask task, TimeSpan again)
    {
        TaskUpdate update = task.Updates.Peek();
        if (CanTalk && !(world.FaultsOn && world.Chaos.Chance(world.Plan.MessageLost)))
        {
            world.Timeline.After(world.Latency(), () => world.Master.UpdateFrom(this, update, task.State));
        }

        world.Timeline.After(again, () =>
        {
            if (IsUp && task.Updates.TryPeek(out TaskUpdate? head) && ReferenceEquals(head, update))
            {
                Send(task, again < TimeSpan.FromMinutes(1) ? again * 2 : again);
            }
        });
    }
}
