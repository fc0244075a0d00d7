namespace ElasticJob.Scheduling.State;

/// <summary>One record to write or to delete.</summary>
/// <param name="Key">Path of the record: segments of names, joined by <c>/</c>.</param>
/// <param name="Value">Its new bytes (UTF-8 JSON); <see langword="null"/> deletes it.</param>
public readonly record struct Mutation(string Key, byte[]? Value);
