namespace ElasticJob.Scheduler.Api.Contracts;

/// <summary>Finished runs, counted by time.</summary>
/// <param name="From">Start of the first bucket.</param>
/// <param name="To">End of the last one, exclusive.</param>
/// <param name="By"><c>minute</c>, <c>hour</c> or <c>day</c>.</param>
/// <param name="Buckets">Buckets with at least one run, oldest first.</param>
public sealed record RunStatistics(DateTimeOffset From, DateTimeOffset To, string By, IReadOnlyList<RunStatisticsBucket> Buckets);

/// <summary>Runs that finished within one bucket.</summary>
/// <param name="At">Start of the bucket.</param>
/// <param name="Succeeded">All went well.</param>
/// <param name="Failed">Failed.</param>
/// <param name="Other">Killed, timed out, lost or cancelled.</param>
public sealed record RunStatisticsBucket(DateTimeOffset At, long Succeeded, long Failed, long Other);
