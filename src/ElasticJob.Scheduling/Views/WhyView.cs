namespace ElasticJob.Scheduling.Views;

/// <summary>What a run, or one of its shards, waits for.</summary>
/// <param name="Run">The run.</param>
/// <param name="Shard">The shard; absent when the whole run waits.</param>
/// <param name="Reason">A short stable phrase: <c>overlap</c>, <c>backoff</c>, <c>noOffers</c>, <c>refused</c>, <c>gang</c>, <c>held</c>, <c>executorStarting</c>, <c>unreachable</c>, <c>disconnected</c>.</param>
/// <param name="Message">For a person.</param>
/// <param name="Until">When the wait ends by itself, if that is known.</param>
/// <param name="Refusals">For each offer seen, what did not fit.</param>
public sealed record WhyView(
    string Run,
    int? Shard,
    string Reason,
    string Message,
    DateTimeOffset? Until = null,
    IReadOnlyList<string>? Refusals = null);
