using ElasticJob.Servers;

namespace ElasticJob.Events.Tests.Postgres.Versions;

/// <summary>A server of one version, shared by the tests of that version.</summary>
public abstract class PostgresVersion(int major) : IAsyncLifetime
{
    private PostgresServer? server;

    /// <summary>Its version.</summary>
    public int Major { get; } = major;

    /// <inheritdoc cref="PostgresServer.CreateDatabase"/>
    public string CreateDatabase() => server!.CreateDatabase();

    public async ValueTask InitializeAsync()
    {
        server = new PostgresServer(binaries: await PostgresBinaries.OfAsync(Major));
        await server.InitializeAsync();
    }

    public ValueTask DisposeAsync() => server?.DisposeAsync() ?? ValueTask.CompletedTask;
}

public sealed class Postgres13() : PostgresVersion(13);

public sealed class Postgres14() : PostgresVersion(14);

public sealed class Postgres16() : PostgresVersion(16);

public sealed class Postgres17() : PostgresVersion(17);
