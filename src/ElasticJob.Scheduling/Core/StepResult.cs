using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.State;

namespace ElasticJob.Scheduling.Core;

/// <summary>
/// What a step decided. The order is a promise: the mutations are committed as one batch first; only then are the effects carried out, in
/// order; then the events go to the sinks and the answers to those who asked.
/// </summary>
/// <param name="Mutations">One atomic batch; may be empty.</param>
/// <param name="Effects">For the cluster.</param>
/// <param name="Events">For the sinks; they are part of the mutations, too.</param>
/// <param name="Answers">To commands, by the id of their input.</param>
/// <param name="WakeIn">When the next step is due without any input; <see langword="null"/> if nothing is timed.</param>
public sealed record StepResult(
    IReadOnlyList<Mutation> Mutations,
    IReadOnlyList<Effect> Effects,
    IReadOnlyList<SchedulerEvent> Events,
    IReadOnlyList<(long Id, CommandResult Result)> Answers,
    TimeSpan? WakeIn);
