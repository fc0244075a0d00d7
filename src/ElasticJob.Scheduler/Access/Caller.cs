namespace ElasticJob.Scheduler.Access;

/// <summary>Who a request comes from, once it has proved that.</summary>
/// <param name="Name">As the audit log writes it.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Kind">By what it has proved who it is.</param>
internal sealed record Caller(string Name, AccessRole Role, CallerKind Kind)
{
    /// <summary>The user, if it is one.</summary>
    public string? User { get; init; }

    /// <summary>The session that it has.</summary>
    public SessionRecord? Session { get; init; }

    /// <summary>The token that it used.</summary>
    public TokenRecord? Token { get; init; }

    /// <summary>What must come along with each write.</summary>
    public string? Csrf { get; init; }
}

/// <summary>Proofs of who somebody is.</summary>
internal enum CallerKind
{
    /// <summary>The token file of the scheduler's machine.</summary>
    Local,

    /// <summary>An API token.</summary>
    Token,

    /// <summary>The cookie of a session.</summary>
    Session,
}
