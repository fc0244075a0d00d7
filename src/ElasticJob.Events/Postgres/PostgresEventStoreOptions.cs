namespace ElasticJob.Events;

/// <summary>Where a <see cref="PostgresEventStore"/> keeps its tables.</summary>
public sealed record PostgresEventStoreOptions
{
    /// <summary>
    /// Connection string of Npgsql, such as <c>Host=db;Database=jobs;Username=elasticjob;Password=…</c>. Unless it says otherwise, at most 10
    /// connections are held, and connecting gives up after 5 seconds. It is never logged.
    /// </summary>
    public required string ConnectionString { get; init; }

    /// <summary>Schema of the tables; <c>elasticjob</c> by default, created if it does not exist. Letters, digits and underscores, 1 to 63.</summary>
    public string Schema { get; init; } = "elasticjob";

    internal void Check()
    {
        if (Schema.Length is < 1 or > 63 || Schema.Any(static c => !char.IsAsciiLetterOrDigit(c) && c != '_'))
        {
            throw new ArgumentException($"'{Schema}' is not a name for a schema: letters, digits and underscores, 1 to 63.");
        }
    }

    /// <summary>Without the password, so that a record in a log gives nothing away.</summary>
    public override string ToString() => $"PostgreSQL, schema {Schema}";
}
