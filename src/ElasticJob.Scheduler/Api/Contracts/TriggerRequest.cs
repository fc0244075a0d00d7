namespace ElasticJob.Scheduler.Api.Contracts;

/// <summary>Body of <c>POST /jobs/{name}/trigger</c>; may be absent.</summary>
/// <param name="Parameter">Overrides the job's parameter for this run.</param>
/// <param name="Shards">Only these shards; all by default.</param>
public sealed record TriggerRequest(string? Parameter = null, IReadOnlyList<int>? Shards = null);

/// <summary>Answer to a trigger.</summary>
/// <param name="Run">Id of the run that was created.</param>
public sealed record TriggerAnswer(string Run);

/// <summary>Body of <c>POST /runs/{id}/kill</c>; may be absent.</summary>
/// <param name="Shard">Only this shard; the whole run by default.</param>
public sealed record KillRequest(int? Shard = null);

/// <summary>Body of <c>POST /runs/{id}/declare-lost</c>.</summary>
/// <param name="Shard">The shard whose place is lost.</param>
public sealed record DeclareLostRequest(int? Shard = null);
