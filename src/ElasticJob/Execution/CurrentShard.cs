namespace ElasticJob.Execution;

/// <summary>Holds the context of the execution that a service scope belongs to, so that services can ask for it.</summary>
internal sealed class CurrentShard
{
    public ShardingContext? Context { get; set; }
}
