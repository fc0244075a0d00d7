namespace ElasticJob.ZooKeeper;

/// <summary>How a server meets a look from outside.</summary>
public enum ServerState
{
    /// <summary>It serves requests.</summary>
    Serves,

    /// <summary>It runs and serves no writes: it is not in a majority.</summary>
    Idle,

    /// <summary>It runs, and its configuration forbids to tell more.</summary>
    Closed,

    /// <summary>Nothing takes the connection, or its name is not known.</summary>
    Unreachable,

    /// <summary>It takes the connection and says nothing.</summary>
    Silent,

    /// <summary>It takes the connection and ends it, or says what no ZooKeeper says.</summary>
    Refuses,

    /// <summary>TLS was spoken to a port without TLS.</summary>
    SpeaksPlain,

    /// <summary>The port wants TLS, and none was spoken.</summary>
    SpeaksTls,

    /// <summary>Its certificate is not trusted, or is not for its name.</summary>
    NotTrusted,
}
