using System.Net;
using ElasticJob.Scheduler.Access;

namespace ElasticJob.Scheduler.Tests.Api;

/// <summary>The parts under sign-in and tokens, each by itself.</summary>
public sealed class SecretTests
{
    private static readonly IPAddress Here = IPAddress.Parse("10.0.0.1");
    private static readonly IPAddress There = IPAddress.Parse("10.0.0.2");

    [Fact]
    public void Password_IsKeptSlowSaltedAndNeverClear()
    {
        string kept = PasswordHash.Of("correct horse battery");
        kept.ShouldStartWith("pbkdf2-sha256$600000$");
        kept.ShouldNotContain("horse");
        PasswordHash.Of("correct horse battery").ShouldNotBe(kept, "each has a salt of its own");
        PasswordHash.Verify("correct horse battery", kept).ShouldBeTrue();
        PasswordHash.Verify("correct horse batterz", kept).ShouldBeFalse();
        PasswordHash.Verify("", null).ShouldBeFalse();
    }

    [Fact]
    public void Limit_StrangersWhoTryAUser_DoNotKeepHimOutWhereHeIsKnown()
    {
        var limit = new SignInLimit(new MovableTime());
        for (int i = 0; i < 60; i++)
        {
            limit.Failed("ann", IPAddress.Parse($"10.1.0.{i}"));
        }

        limit.Refuses("ann", Here, isKnownThere: false).ShouldNotBeNull();
        limit.Refuses("ann", Here, isKnownThere: true).ShouldBeNull();
        limit.Refuses("bob", Here, isKnownThere: false).ShouldBeNull();
    }

    [Fact]
    public void Limit_OneAddress_IsHeldBackWhateverUserItTries()
    {
        var time = new MovableTime();
        var limit = new SignInLimit(time);
        for (int i = 0; i < 20; i++)
        {
            limit.Failed($"user{i}", Here);
        }

        limit.Refuses("someone", Here, false)!.Value.First.ShouldBeTrue();
        limit.Refuses("someone", Here, false)!.Value.First.ShouldBeFalse("it is audited once");
        limit.Refuses("someone", There, false).ShouldBeNull();
        time.Ahead = SignInLimit.Window;
        limit.Refuses("someone", Here, false).ShouldBeNull("nobody waits for ever");
    }

    [Fact]
    public void Limit_IPv6_CountsTheNetworkAndNotTheAddress()
    {
        var limit = new SignInLimit(new MovableTime());
        for (int i = 0; i < 5; i++)
        {
            limit.Failed("ann", IPAddress.Parse($"2001:db8:1:2::{i}"));
        }

        limit.Refuses("ann", IPAddress.Parse("2001:db8:1:2:ffff::1"), false).ShouldNotBeNull();
        limit.Refuses("ann", IPAddress.Parse("2001:db8:1:3::1"), false).ShouldBeNull();
    }

    [Theory]
    [InlineData("shop-*", "shop-a", true)]
    [InlineData("shop-*", "shop", false)]
    [InlineData("*", "anything", true)]
    [InlineData("a*b*c", "a-b-b-c", true)]
    [InlineData("a*b*c", "a-b-b", false)]
    [InlineData("a", "a", true)]
    [InlineData("a", "A", false)]
    [InlineData("a", "ab", false)]
    public void Scope_Pattern_MatchesTheWholeName(string pattern, string name, bool matches)
    {
        var scope = new TokenScope([], [pattern]);
        scope.AllowsJob(name).ShouldBe(matches);
        scope.AllowsRun(name + "@20260101T000000Z").ShouldBe(matches);
        scope.AllowsRun(name).ShouldBeFalse("that is no run");
        scope.AllowsApp(name).ShouldBeFalse("no app is named");
    }
}
