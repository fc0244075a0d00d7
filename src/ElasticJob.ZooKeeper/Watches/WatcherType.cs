namespace ElasticJob.ZooKeeper;

/// <summary>Which watches on a path are meant.</summary>
public enum WatcherType
{
    /// <summary>Those set by reading the children.</summary>
    Children = 1,

    /// <summary>Those set by reading the data or the existence.</summary>
    Data = 2,

    /// <summary>All, persistent ones too.</summary>
    Any = 3,
}
