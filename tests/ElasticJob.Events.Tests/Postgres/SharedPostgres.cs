using ElasticJob.Servers;

namespace ElasticJob.Events.Tests.Postgres;

/// <summary>The server that all tests of this assembly share, each with a database of its own.</summary>
public sealed class SharedPostgres : IAsyncLifetime
{
    private readonly PostgresServer server = new();

    public ValueTask InitializeAsync() => new(server.InitializeAsync());

    /// <inheritdoc cref="PostgresServer.CreateDatabase"/>
    public string CreateDatabase() => server.CreateDatabase();

    public ValueTask DisposeAsync() => server.DisposeAsync();
}
