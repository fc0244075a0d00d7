using ElasticJob.ZooKeeper.Tests.Limits;
using ElasticJob.ZooKeeper.Tests.Server;

namespace ElasticJob.ZooKeeper.Tests;

/// <summary>TLS with a real server, and each way not to come to terms with it.</summary>
public sealed class TlsTests(TlsServer server) : IClassFixture<TlsServer>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [TimedFact]
    public async Task Session_OverTls_DoesAllThatAPlainOneDoes()
    {
        await using ZooKeeperClient client = await ZooKeeperClient.ConnectAsync(
            new ZooKeeperOptions($"{server.SecureAddress}/tls") { Tls = server.Tls(), SessionTimeout = TimeSpan.FromSeconds(20) }, Cancellation);
        await client.EnsurePathAsync(cancellationToken: Cancellation);
        await client.CreateAsync("/a", new byte[900_000], cancellationToken: Cancellation);
        var watch = new OneTimeWatch();
        (await client.GetDataAsync("/a", watch, Cancellation)).Data.Length.ShouldBe(900_000);
        Stat[] written = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(i => client.SetDataAsync("/a", BitConverter.GetBytes(i), i, Cancellation)));
        written[^1].Version.ShouldBe(1_000);
        (await watch.Fired.WaitAsync(Cancellation)).Type.ShouldBe(WatchEventType.NodeDataChanged);
        (await client.WhoAmIAsync(Cancellation)).ShouldContain(identity => identity.Scheme == "x509");
    }

    [TimedTheory]
    [InlineData(true, true, true, ServerState.Serves)]
    [InlineData(true, false, true, ServerState.NotTrusted)]
    [InlineData(true, true, false, ServerState.Refuses)]
    [InlineData(false, true, true, ServerState.SpeaksPlain)]
    public async Task AskAsync_WithTls_TellsWhatDoesNotFit(bool securePort, bool trusts, bool shows, ServerState expected)
    {
        ServerAddress address = ConnectString.Parse(securePort ? server.SecureAddress : server.PlainAddress).Servers[0];
        ServerStatus status = await ServerStatus.AskAsync(address, server.Tls(trusts, shows), Patience, TimeProvider.System, Cancellation);
        status.State.ShouldBe(expected, status.Detail);
    }

    [TimedTheory]
    [InlineData(true, ServerState.SpeaksTls)]
    [InlineData(false, ServerState.Serves)]
    public async Task AskAsync_WithoutTls_TellsWhatDoesNotFit(bool securePort, ServerState expected)
    {
        ServerAddress address = ConnectString.Parse(securePort ? server.SecureAddress : server.PlainAddress).Servers[0];
        ServerStatus status = await ServerStatus.AskAsync(address, null, Patience, TimeProvider.System, Cancellation);
        status.State.ShouldBe(expected, status.Detail);
    }

    [TimedTheory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task ConnectAsync_TlsMisfit_FailsWithTheReason(bool securePort, bool tls)
    {
        ZooKeeperOptions options = new(securePort ? server.SecureAddress : server.PlainAddress) { ConnectTimeout = TimeSpan.FromSeconds(2), Tls = tls ? server.Tls() : null };
        (await Should.ThrowAsync<ZooKeeperConnectionLostException>(() => ZooKeeperClient.ConnectAsync(options, Cancellation))).Message.ShouldContain("The last attempt: 127.0.0.1:");
    }
}
