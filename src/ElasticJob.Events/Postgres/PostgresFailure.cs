using System.Net.Sockets;
using Npgsql;

namespace ElasticJob.Events.Postgres;

/// <summary>What went wrong with PostgreSQL, and what to do, in one sentence or two. Nothing of the connection string but host and database is told.</summary>
internal static class PostgresFailure
{
    public static bool Is(Exception e) => e is NpgsqlException or TimeoutException or SocketException or IOException;

    public static EventStoreException Describe(Exception e, string place) => new(Text(e, place), e);

    private static string Text(Exception e, string place) => e switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } =>
            $"{place} refuses the user or its password. Mend the connection string (events.postgres.connectionString).",
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } =>
            $"{place}: the database does not exist. Create it (create database …), or name another one in the connection string.",
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } p =>
            $"{place}: {p.MessageText}. Let the user own the schema: create schema elasticjob authorization USER.",
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } p => $"{place}: the disk is full ({p.MessageText}). Make room there.",
        PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } =>
            $"{place} has no connection left. Raise max_connections there, or lower Maximum Pool Size in the connection strings.",
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } =>
            $"{place} is a read-only replica. Name the primary, or add Target Session Attributes=primary to the connection string.",
        PostgresException p => $"{place}: {p.MessageText} ({p.SqlState}).",
        _ => $"{place} cannot be reached: {(e.InnerException ?? e).Message.TrimEnd('.')}. Is the server running, and are host and port right?",
    };
}
