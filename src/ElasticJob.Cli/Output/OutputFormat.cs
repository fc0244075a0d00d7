namespace ElasticJob.Cli.Output;

/// <summary>How results are written.</summary>
internal enum OutputFormat
{
    /// <summary>For people.</summary>
    Table,

    /// <summary>What the scheduler answered, as JSON.</summary>
    Json,

    /// <summary>The same as YAML.</summary>
    Yaml,
}
