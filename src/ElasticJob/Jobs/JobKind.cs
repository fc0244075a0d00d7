namespace ElasticJob;

/// <summary>The kinds of job class.</summary>
internal enum JobKind
{
    Simple,
    Dataflow,
    Resident,
}
