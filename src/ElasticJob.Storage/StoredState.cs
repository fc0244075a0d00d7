using ElasticJob.Scheduling.State;

namespace ElasticJob.Storage;

/// <summary>What a store held when it was opened.</summary>
/// <param name="Epoch">Epoch of the new writer; larger than every earlier one.</param>
/// <param name="Records">All records, none of them with a null value, ordered by key (ordinal).</param>
public sealed record StoredState(long Epoch, IReadOnlyList<Mutation> Records);
