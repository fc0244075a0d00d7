namespace ElasticJob.Events.Projection;

/// <summary>The tables that are made of the events, as one database writes them. Calls come in the order of the events.</summary>
internal interface IEventTables
{
    /// <summary>Begins the row of a run, unless it is there.</summary>
    void CreateRun(RunRow run);

    /// <summary>A run and its ledger row have started, unless they had.</summary>
    void StartRun(string run, DateTimeOffset at);

    /// <summary>A run and its ledger row have ended.</summary>
    void EndRun(RunEnd end);

    /// <summary>Adds an answer to due times.</summary>
    void AddToLedger(LedgerRow row);

    /// <summary>Begins the row of an attempt, unless it is there.</summary>
    void AddTask(TaskRow task);

    /// <summary>Changes the row of an attempt.</summary>
    void ChangeTask(TaskChange change);

    /// <summary>Says how a shard stands.</summary>
    void ChangeShard(ShardRow shard);

    /// <summary>Adds an answer of a resident shard.</summary>
    void AddExecution(ExecutionRow execution);

    /// <summary>Adds an entry to the audit log.</summary>
    void AddAudit(AuditRow audit);
}
