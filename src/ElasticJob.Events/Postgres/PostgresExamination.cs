using System.Globalization;
using ElasticJob.Events.Postgres;
using Npgsql;

namespace ElasticJob.Events;

/// <summary>One thing that was looked at.</summary>
/// <param name="Check">What, in a word or two.</param>
/// <param name="Good">Whether it is as it must be.</param>
/// <param name="Text">What was found; of a fault, with the mend.</param>
public sealed record PostgresFinding(string Check, bool Good, string Text);

/// <summary>Looks whether a PostgreSQL can take events; it changes nothing there.</summary>
public static class PostgresExamination
{
    private static readonly TimeSpan MostSkew = TimeSpan.FromSeconds(5);

    /// <summary>Looks at the server, the rights of the user, the schema and the clock; what cannot be looked at is left out.</summary>
    /// <exception cref="ArgumentException">The settings make no sense.</exception>
    public static async Task<IReadOnlyList<PostgresFinding>> RunAsync(PostgresEventStoreOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        NpgsqlConnectionStringBuilder builder = options.Read();
        string place = $"PostgreSQL at {builder.Host}:{builder.Port}, database {builder.Database ?? builder.Username}";
        var findings = new List<PostgresFinding>();
        try
        {
            await using NpgsqlDataSource source = NpgsqlDataSource.Create(builder);
            await using NpgsqlConnection connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            findings.Add(Server(connection, place));
            findings.Add(await RightsAsync(connection, options.Schema, cancellationToken).ConfigureAwait(false));
            findings.Add(await SchemaAsync(connection, options.Schema, cancellationToken).ConfigureAwait(false));
            findings.Add(await ClockAsync(connection, time, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception e) when (PostgresFailure.Is(e))
        {
            findings.Add(new PostgresFinding("postgres", false, PostgresFailure.Describe(e, place).Message));
        }

        return findings;
    }

    private static PostgresFinding Server(NpgsqlConnection connection, string place) => connection.PostgreSqlVersion.Major switch
    {
        < PostgresEventSchema.OldestServer => new("postgres", false, $"{place} is version {connection.PostgreSqlVersion}; {PostgresEventSchema.OldestServer} or later is needed. Upgrade the server."),
        > PostgresEventSchema.NewestServer => new("postgres", true, $"{place}, version {connection.PostgreSqlVersion}: later than {PostgresEventSchema.NewestServer}, the newest that is known to work"),
        _ => new("postgres", true, $"{place}, version {connection.PostgreSqlVersion}"),
    };

    private static async Task<PostgresFinding> RightsAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        bool may = await ScalarAsync<bool>(
            connection,
            """
            select case when exists(select 1 from pg_namespace where nspname = $1) then has_schema_privilege($1, 'create') and has_schema_privilege($1, 'usage')
              else has_database_privilege(current_database(), 'create') end
            """,
            schema, cancellationToken).ConfigureAwait(false);
        return may
            ? new PostgresFinding("postgres rights", true, $"the user may make tables in the schema {schema}")
            : new PostgresFinding("postgres rights", false, $"The user may not make tables. As an administrator: create schema if not exists {schema}; alter schema {schema} owner to {connection.UserName};");
    }

    private static async Task<PostgresFinding> SchemaAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        int known = PostgresEventSchema.Steps.Count;
        bool exists = await ScalarAsync<bool>(
            connection, "select exists(select 1 from pg_tables where schemaname = $1 and tablename = 'meta')", schema, cancellationToken).ConfigureAwait(false);
        if (!exists)
        {
            return new PostgresFinding("postgres schema", true, $"{schema} has no tables yet; the scheduler makes them at its first start");
        }

        bool may = await ScalarAsync<bool>(
            connection,
            """
            select has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')
            from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relname = 'meta'
            """,
            schema, cancellationToken).ConfigureAwait(false);
        if (!may)
        {
            return new PostgresFinding("postgres schema", false, $"The tables of {schema} belong to another user. Use that user, or alter their owner to {connection.UserName}.");
        }

        long version = await ScalarAsync<long>(connection, $"select value from \"{schema}\".meta where name = 'schema' and $1 <> ''", schema, cancellationToken).ConfigureAwait(false);
        return version <= known
            ? new PostgresFinding("postgres schema", true, string.Create(CultureInfo.InvariantCulture, $"{schema}, version {version} of {known}{(version < known ? "; the scheduler brings it up to date at its next start" : "")}"))
            : new PostgresFinding("postgres schema", false, string.Create(CultureInfo.InvariantCulture, $"{schema} was written by a newer ElasticJob (schema {version}; this one knows {known}). Use that version or a later one."));
    }

    private static async Task<PostgresFinding> ClockAsync(NpgsqlConnection connection, TimeProvider time, CancellationToken cancellationToken)
    {
        DateTimeOffset before = time.GetUtcNow();
        DateTime there = await ScalarAsync<DateTime>(connection, "select clock_timestamp() where $1 <> ''", "x", cancellationToken).ConfigureAwait(false);
        DateTimeOffset after = time.GetUtcNow();
        TimeSpan apart = there < before.UtcDateTime ? before.UtcDateTime - there : there > after.UtcDateTime ? there - after.UtcDateTime : TimeSpan.Zero;
        return apart < MostSkew
            ? new PostgresFinding("postgres clock", true, "as this machine's")
            : new PostgresFinding("postgres clock", false, string.Create(CultureInfo.InvariantCulture, $"PostgreSQL's clock and this machine's are {apart.TotalSeconds:0} s apart. Set both by NTP (timedatectl set-ntp true)."));
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlConnection connection, string sql, string parameter, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        return (T)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) ?? default(T)!);
    }
}
