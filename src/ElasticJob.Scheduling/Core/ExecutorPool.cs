using System.Text;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.State;

namespace ElasticJob.Scheduling.Core;

/// <summary>
/// The executors: found by what they were started with, kept warm between tasks, shut down when idle. An executor is only ever given work of the
/// same spec; a changed app gets a new one, and the old one ends with its last task.
/// </summary>
internal sealed class ExecutorPool(World world, Changes changes)
{
    /// <summary>What an executor of this app is started with, as a comparable text.</summary>
    public static string SpecOf(AppDefinition app)
    {
        var text = new StringBuilder()
            .Append(app.Name.Value).Append('\n')
            .Append(app.Stored?.Digest).Append('\n')
            .Append(app.Stored?.Uri).Append('\n')
            .Append(app.Image).Append('\n')
            .Append(app.Command).Append('\n')
            .Append(app.Resources).Append('\n');
        foreach ((string name, EnvironmentValue value) in app.Environment)
        {
            text.Append(name).Append('=').Append(value.Value).Append('|').Append(value.FromEnv).Append('|').Append(value.FromFile).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>A running executor for the spec on the agent.</summary>
    public static Executor? Find(Agent agent, string spec)
    {
        foreach (Executor executor in agent.Executors.Values)
        {
            if (!executor.Unreachable && !executor.Ending && executor.Spec == spec)
            {
                return executor;
            }
        }

        return null;
    }

    public string NewId(AppName app) => $"{app.Value}.{world.TakeSerial()}";

    /// <summary>Records an executor that the next accept starts.</summary>
    public Executor Add(string id, App app, string spec, Agent agent)
    {
        var record = new ExecutorRecord(id, app.Record.Definition, app.Record.Version, agent.Id, agent.Hostname, agent.Address, world.Now.Wall);
        Executor executor = Restore(record, spec);
        changes.Write(StateKeys.Executor(id), StateJson.Write(record, StateJson.Default.ExecutorRecord));
        changes.TouchMeta();
        changes.Emit(About(executor, EventKind.ExecutorStarted));
        return executor;
    }

    /// <summary>Keeps what the cluster was told about an executor.</summary>
    public void Described(string id, string description)
    {
        if (world.Executors.TryGetValue(id, out Executor? executor))
        {
            executor.Record = executor.Record with { Description = description };
            changes.Write(StateKeys.Executor(id), StateJson.Write(executor.Record, StateJson.Default.ExecutorRecord));
        }
    }

    public Executor Restore(ExecutorRecord record, string? spec = null)
    {
        var executor = new Executor(record, spec ?? SpecOf(record.App));
        world.Executors.Add(executor.Id, executor);
        Agent agent = world.AgentOf(record.Agent);
        agent.Executors.Add(executor.Id, executor);
        if (agent.Hostname.Length == 0)
        {
            agent.Hostname = record.Hostname;
            agent.Address = record.Address;
        }

        return executor;
    }

    /// <summary>Starts the idle time of an executor without work; one that no app wants any more ends at once.</summary>
    public void WatchIdle(Executor executor)
    {
        if (executor.Attempts.Count > 0)
        {
            executor.IdleSince = null;
            return;
        }

        App? app = executor.Ending ? null : world.Apps.GetValueOrDefault(executor.Record.App.Name);
        TimeSpan patience = app is not null && SpecOf(app.Record.Definition) == executor.Spec ? app.Record.Definition.IdleTimeout : TimeSpan.Zero;
        executor.IdleSince = world.Now.Wall;
        executor.IdlePeriod++;
        world.Timers.Set(world.Now.Elapsed + patience, new TimerSubject.ExecutorIdle(executor, executor.IdlePeriod));
    }

    /// <summary>After an app changed: idle executors of the old spec end.</summary>
    public void AppChanged(AppName app)
    {
        foreach (Executor executor in world.Executors.Values)
        {
            if (executor.Record.App.Name == app && executor.Attempts.Count == 0)
            {
                WatchIdle(executor);
            }
        }
    }

    public void Idle(Executor executor, int period)
    {
        if (executor.Attempts.Count == 0 && executor.IdlePeriod == period && world.Executors.ContainsKey(executor.Id))
        {
            // One that has ended may have been started anew by a launch that was on its way.
            changes.Do(new Effect.Shutdown(executor.Id, executor.Record.Agent));
            (string reason, string message) = executor.EndedBy is { } how ? ("terminated", how) : ("idle", "it had no work");
            Remove(executor, reason, message);
        }
    }

    public void Remove(Executor executor, string reason, string? message)
    {
        if (!world.Executors.Remove(executor.Id))
        {
            return;
        }

        if (world.Agents.TryGetValue(executor.Record.Agent, out Agent? agent))
        {
            agent.Executors.Remove(executor.Id);
        }

        changes.Write(StateKeys.Executor(executor.Id), null);
        changes.Emit(About(executor, EventKind.ExecutorEnded) with { Reason = reason, Message = message });
        world.Tidy(executor.Record.Agent);
    }

    private static SchedulerEvent About(Executor executor, EventKind kind) => new()
    {
        Kind = kind,
        App = executor.Record.App.Name.Value,
        Version = executor.Record.AppVersion,
        Executor = executor.Id,
        Agent = executor.Record.Agent,
        Hostname = executor.Record.Hostname,
        AgentAddress = executor.Record.Address,
    };
}
