namespace ElasticJob;

/// <summary>Options of one job of an app.</summary>
public sealed record JobOptions
{
    /// <summary>What the job does, in one line; shown by <c>list</c>. None by default.</summary>
    public string? Description { get; init; }
}
