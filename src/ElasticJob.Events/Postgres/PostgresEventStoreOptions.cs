using Npgsql;

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

    /// <summary>Looks whether the settings make sense; nothing is connected.</summary>
    /// <exception cref="ArgumentException">They do not; the message says why, without the connection string.</exception>
    public void Check() => _ = Read();

    internal NpgsqlConnectionStringBuilder Read()
    {
        if (Schema.Length is < 1 or > 63 || Schema.Any(static c => !char.IsAsciiLetterOrDigit(c) && c != '_'))
        {
            throw new ArgumentException($"'{Schema}' is not a name for a schema: letters, digits and underscores, 1 to 63.");
        }

        NpgsqlConnectionStringBuilder connection;
        try
        {
            connection = new NpgsqlConnectionStringBuilder(ConnectionString);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException)
        {
            // The text may hold a password, so it is not repeated; neither is the cause, which may quote it.
            throw new ArgumentException("The connection string of PostgreSQL cannot be read. It looks like: Host=db;Database=jobs;Username=elasticjob;Password=…");
        }

        if (string.IsNullOrWhiteSpace(connection.Host))
        {
            throw new ArgumentException("The connection string of PostgreSQL names no host. It looks like: Host=db;Database=jobs;Username=elasticjob;Password=…");
        }

        connection.ApplicationName ??= "elasticjob";
        connection.MaxPoolSize = connection.ShouldSerialize("Maximum Pool Size") ? connection.MaxPoolSize : 10;
        connection.Timeout = connection.ShouldSerialize("Timeout") ? connection.Timeout : 5;
        return connection;
    }

    /// <summary>Without the password, so that a record in a log gives nothing away.</summary>
    public override string ToString() => $"PostgreSQL, schema {Schema}";
}
