namespace ElasticJob.Scheduler.Access;

/// <summary>What somebody may do; each includes those before it.</summary>
public enum AccessRole
{
    /// <summary>Sees everything but who has access, changes nothing.</summary>
    Viewer,

    /// <summary>Also triggers, kills, enables and disables.</summary>
    Operator,

    /// <summary>Also changes definitions, gives access and reads the audit log.</summary>
    Admin,
}
