using ElasticJob.ZooKeeper.Tests.Limits;
using ElasticJob.ZooKeeper.Tests.Server;

namespace ElasticJob.ZooKeeper.Tests;

public sealed class AclTests(OneServer one)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [TimedFact]
    public async Task Digest_RightAndWrongPassword_OpenAndRefuse()
    {
        ZooKeeperOptions place = one.NewPlace();
        await using ZooKeeperClient owner = await one.ConnectAsync(place with { Authentication = [Authentication.Digest("me", "secret")] });
        await owner.CreateAsync("/mine", "x"u8.ToArray(), acl: [Acl.Creator(Permissions.All)], cancellationToken: Cancellation);
        NodeAcl acl = await owner.GetAclAsync("/mine", Cancellation);
        acl.Entries.ShouldBe([Acl.Digest("me", "secret", Permissions.All)]);
        (await owner.WhoAmIAsync(Cancellation)).ShouldContain(identity => identity.Scheme == "digest" && identity.User == "me");

        await using ZooKeeperClient wrong = await one.ConnectAsync(place with { Authentication = [Authentication.Digest("me", "guess")] });
        await NodeTests.RefusedAsync(ZooKeeperError.NoAuth, "/mine", () => wrong.GetDataAsync("/mine", cancellationToken: Cancellation));
        await NodeTests.RefusedAsync(ZooKeeperError.NoAuth, "/mine", () => wrong.SetDataAsync("/mine", default, cancellationToken: Cancellation));

        // Later, the right one.
        await wrong.AuthenticateAsync(Authentication.Digest("me", "secret"), Cancellation);
        (await wrong.GetDataAsync("/mine", cancellationToken: Cancellation)).Data.ShouldBe("x"u8.ToArray());
    }

    [TimedFact]
    public async Task SetAclAsync_IpAndWorld_AreChecked()
    {
        await using ZooKeeperClient client = await one.ConnectAsync();
        await client.CreateAsync("/a", acl: [Acl.Ip("127.0.0.1", Permissions.All)], cancellationToken: Cancellation);
        Stat changed = await client.SetAclAsync("/a", [Acl.Ip("10.0.0.0/8", Permissions.All), Acl.World(Permissions.Read)], version: 0, Cancellation);
        changed.AclVersion.ShouldBe(1);
        await client.GetDataAsync("/a", cancellationToken: Cancellation);
        await NodeTests.RefusedAsync(ZooKeeperError.NoAuth, "/a", () => client.SetDataAsync("/a", default, cancellationToken: Cancellation));
    }

    [TimedFact]
    public async Task AuthenticateAsync_SchemeIsUnknown_EndsTheSession()
    {
        await using ZooKeeperClient client = await one.ConnectAsync();
        using SessionSubscription session = client.SubscribeToSession();
        await NodeTests.RefusedAsync(ZooKeeperError.AuthFailed, null, () => client.AuthenticateAsync(new Authentication("nonsense", default), Cancellation));
        (await session.Events.ReadAsync(Cancellation)).State.ShouldBe(SessionState.AuthFailed);
        (await Should.ThrowAsync<ZooKeeperException>(() => client.SyncAsync(cancellationToken: Cancellation))).Error.ShouldBe(ZooKeeperError.AuthFailed);
    }

    [Fact]
    public void DigestId_KnownUser_IsWhatZooKeeperComputes()
    {
        // From ZooKeeper's own documentation of DigestAuthenticationProvider: super:password and its kind.
        Acl.DigestId("super", "super123").ShouldBe("super:UdxDQl4f9v5oITwcAsO9bmWgHSI=");
        Authentication.Digest("a", "b").ToString().ShouldNotContain("b:");
        Should.Throw<ArgumentException>(() => Authentication.Digest("a:b", "c"));
    }
}
