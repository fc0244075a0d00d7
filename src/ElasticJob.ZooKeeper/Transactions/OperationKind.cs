namespace ElasticJob.ZooKeeper;

/// <summary>The kinds of operations in a transaction or in a bundle of reads.</summary>
public enum OperationKind
{
    /// <summary>Creates a node.</summary>
    Create,

    /// <summary>Deletes a node.</summary>
    Delete,

    /// <summary>Sets the data of a node.</summary>
    SetData,

    /// <summary>Checks the version of a node.</summary>
    Check,

    /// <summary>Reads the data of a node.</summary>
    GetData,

    /// <summary>Reads the names of a node's children.</summary>
    GetChildren,
}
