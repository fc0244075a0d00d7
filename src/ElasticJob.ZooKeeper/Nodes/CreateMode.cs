namespace ElasticJob.ZooKeeper;

/// <summary>What kind of node to create. The numbers are those of the wire.</summary>
public enum CreateMode
{
    /// <summary>Stays until it is deleted.</summary>
    Persistent = 0,

    /// <summary>Is deleted when the session ends.</summary>
    Ephemeral = 1,

    /// <summary>Stays; the server appends a ten-digit number that counts up within the parent.</summary>
    PersistentSequential = 2,

    /// <summary>Is deleted when the session ends; the server appends a number.</summary>
    EphemeralSequential = 3,

    /// <summary>Is deleted by the server some time after its last child has gone.</summary>
    Container = 4,

    /// <summary>Is deleted if it was not changed for its time to live and has no children. The servers need <c>extendedTypesEnabled=true</c>.</summary>
    PersistentWithTtl = 5,

    /// <summary>As <see cref="PersistentWithTtl"/>; the server appends a number.</summary>
    PersistentSequentialWithTtl = 6,
}
