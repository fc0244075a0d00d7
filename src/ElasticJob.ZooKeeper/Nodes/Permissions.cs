namespace ElasticJob.ZooKeeper;

/// <summary>What an ACL entry allows.</summary>
[Flags]
public enum Permissions
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Reading the data and the list of children.</summary>
    Read = 1,

    /// <summary>Changing the data.</summary>
    Write = 2,

    /// <summary>Creating children.</summary>
    Create = 4,

    /// <summary>Deleting children.</summary>
    Delete = 8,

    /// <summary>Changing the ACL.</summary>
    Admin = 16,

    /// <summary>All of it.</summary>
    All = 31,
}
