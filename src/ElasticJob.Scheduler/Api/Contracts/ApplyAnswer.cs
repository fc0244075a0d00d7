using ElasticJob.Scheduling.Events;

namespace ElasticJob.Scheduler.Api.Contracts;

/// <summary>What an apply did, or with <c>dryRun</c> would do.</summary>
/// <param name="DryRun">Whether nothing was stored.</param>
/// <param name="Documents">Each document, in the order of the request.</param>
public sealed record ApplyAnswer(bool DryRun, IReadOnlyList<AppliedDocument> Documents);

/// <summary>What became of one document.</summary>
/// <param name="Document">Which document of the request, from 1.</param>
/// <param name="Kind"><c>App</c> or <c>Job</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Change"><c>created</c>, <c>updated</c> or <c>unchanged</c>.</param>
/// <param name="Version">The version stored now; of a dry run the version that is stored, 0 for none.</param>
/// <param name="Differences">Field by field, what differs from the stored definition.</param>
public sealed record AppliedDocument(
    int Document,
    string Kind,
    string Name,
    string Change,
    long Version,
    IReadOnlyList<FieldDifference> Differences);
