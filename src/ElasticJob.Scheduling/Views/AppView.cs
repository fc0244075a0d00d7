using ElasticJob.Scheduling.Definitions;

namespace ElasticJob.Scheduling.Views;

/// <summary>An app as stored.</summary>
/// <param name="Definition">The definition.</param>
/// <param name="Version">Its version, from 1.</param>
/// <param name="UpdatedAt">When this version was stored.</param>
/// <param name="JobCount">How many jobs use it.</param>
public sealed record AppView(AppDefinition Definition, long Version, DateTimeOffset UpdatedAt, int JobCount);
