namespace ElasticJob.Scheduler.Api.Contracts;

/// <summary>One page of a list.</summary>
/// <typeparam name="T">What it lists.</typeparam>
/// <param name="Items">The items of this page.</param>
/// <param name="Next">Cursor of the next page, for the query's <c>cursor</c>; absent on the last page.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next = null);
