using ElasticJob.Execution;
using ElasticJob.Logs;

namespace ElasticJob.Executor;

/// <summary>What all tasks of one executor share.</summary>
/// <param name="Directory">The sandbox as this process sees it.</param>
/// <param name="HostDirectory">The sandbox as the agent sees it.</param>
/// <param name="Work">Runs work.</param>
/// <param name="Outbox">Takes status updates.</param>
/// <param name="Router">Brings log entries to their task.</param>
/// <param name="Time">The clock.</param>
internal sealed record ShardPlace(
    string Directory, string HostDirectory, WorkRunner Work, StatusOutbox Outbox, LogRouter Router, TimeProvider Time);
