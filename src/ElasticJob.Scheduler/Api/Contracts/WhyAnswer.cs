using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduler.Api.Contracts;

/// <summary>Why a job does not run now.</summary>
/// <param name="Job">The job.</param>
/// <param name="Summary">In one sentence.</param>
/// <param name="Waits">What each unfinished run, or shard, waits for.</param>
public sealed record WhyAnswer(string Job, string Summary, IReadOnlyList<WhyView> Waits);
