using System.Text.Json.Nodes;
using ElasticJob.ZooKeeper.Tests.Limits;

namespace ElasticJob.Scheduler.Tests.Leadership;

public sealed class FellowshipTests
{
    private const string Definitions = """
        kind: App
        name: shop
        command: ./Shop
        ---
        kind: Job
        name: archive
        app: shop
        type: class
        schedule: "@yearly"
        """;

    [TimedFact]
    public async Task Follower_IsAsked_AsksTheLeaderAndSaysWhoLeads()
    {
        await using Fellowship fellowship = await Fellowship.StartAsync();
        (Fellow first, Fellow second) = await fellowship.LeaderAndFollowerAsync();

        (int status, string? leader, JsonNode? body) = await second.AskAsync(HttpMethod.Post, "api/v1/apply", Definitions);
        (status, leader).ShouldBe((200, "first"), body?.ToJsonString());
        (await second.GetAsync("api/v1/jobs/archive")).Status.ShouldBe(200);
        (await second.GetAsync("healthz/leader")).Status.ShouldBe(503);
        (await second.GetAsync("openapi/v1.json")).Status.ShouldBe(200);
        JsonNode cluster = (await second.GetAsync("api/v1/cluster/status")).Body!;
        ((string?)cluster["leader"]).ShouldBe("first");
        cluster["members"]!.AsArray().Select(m => (string?)m!["name"]).ShouldBe(["first", "second"]);

        // Credentials are the caller's own, a faulty Host header is refused by the leader, and nothing is passed on twice.
        (await second.AskAsync(HttpMethod.Get, "api/v1/jobs", change: r => r.Headers.Authorization = new("Bearer", "wrong"))).Status.ShouldBe(401);
        (await second.AskAsync(HttpMethod.Get, "api/v1/jobs", change: r => r.Headers.Host = "evil.example")).Status.ShouldBe(421);
        (int loop, _, JsonNode? refusal) = await second.AskAsync(HttpMethod.Get, "api/v1/jobs", change: r => r.Headers.Add("ElasticJob-Forwarded-By", "first"));
        (loop, (string?)refusal!["code"], (string?)refusal["leader"]).ShouldBe((503, "unavailable", "first"));
    }

    [TimedFact]
    public async Task Leader_EndsInOrder_TheNextLeadsWithAllThatWasStored()
    {
        await using Fellowship fellowship = await Fellowship.StartAsync();
        (Fellow first, Fellow second) = await fellowship.LeaderAndFollowerAsync();
        (await first.AskAsync(HttpMethod.Post, "api/v1/apply", Definitions)).Status.ShouldBe(200);
        long epoch = (long)(await first.GetAsync("api/v1/cluster/status")).Body!["epoch"]!;

        await first.Host.DisposeAsync();
        await second.LeadsAsync();

        (await second.GetAsync("api/v1/jobs/archive")).Status.ShouldBe(200);
        JsonNode status = (await second.UntilAsync("api/v1/cluster/status", static (_, body) => (bool)body!["connected"]!))!;
        ((long)status["epoch"]!).ShouldBeGreaterThan(epoch);
        ((double?)status["takeover"]!["connectedSeconds"]).ShouldNotBeNull();
    }

    [TimedFact]
    public async Task Leader_LosesZooKeeper_StopsAtOnceAndBecomesACandidateAgain()
    {
        await using Fellowship fellowship = await Fellowship.StartAsync();
        (Fellow first, Fellow second) = await fellowship.LeaderAndFollowerAsync();

        // Cut off: it answers nothing that it could be wrong about, and says why.
        first.Relay.Cut();
        JsonNode refusal = (await first.UntilAsync("healthz/leader", static (status, _) => status == 503))!;
        ((string?)refusal["detail"]).ShouldNotBeNull().ShouldContain("ZooKeeper");
        (await first.AskAsync(HttpMethod.Post, "api/v1/apply", Definitions)).Status.ShouldBe(503);

        // The other one leads once the session has expired; the first learns of it when it is back, in the same process.
        await second.LeadsAsync();
        (await second.AskAsync(HttpMethod.Post, "api/v1/apply", Definitions)).Status.ShouldBe(200);
        first.Relay.Mend();
        await first.FollowsAsync(second);
        (await first.GetAsync("api/v1/jobs/archive")).Status.ShouldBe(200);

        // And leads again, with what the other has stored.
        await second.Host.DisposeAsync();
        await first.LeadsAsync();
        (await first.GetAsync("api/v1/jobs/archive")).Status.ShouldBe(200);
        first.Host.Completion.IsCompleted.ShouldBeFalse();
    }

    [TimedFact]
    public async Task NewCluster_FirstLeaderTellsOneSignInLink_ThatTheNextLeaderKeepsGood()
    {
        await using Fellowship fellowship = await Fellowship.StartAsync();
        Fellow first = await fellowship.JoinAsync("first");
        Uri link = await fellowship.SignInLinks.Reader.ReadAsync(TestContext.Current.CancellationToken);
        link.GetLeftPart(UriPartial.Path).ShouldBe(new Uri(first.Host.Address, "sign-in").AbsoluteUri);
        first.Host.SignInLink.ShouldBeNull();
        Fellow second = await fellowship.JoinAsync("second");
        await second.FollowsAsync(first);
        Fellow third = await fellowship.JoinAsync("third");
        await first.Host.DisposeAsync();
        await second.LeadsAsync();
        await second.UntilAsync("api/v1/cluster/status", static (_, body) => (bool)body!["connected"]!);
        await third.FollowsAsync(second);

        // Asked of a follower; a second link would have made the first one void.
        (int status, _, JsonNode? session) = await SignInAsync(third, link.Query["?link=".Length..]);
        status.ShouldBe(200, session?.ToJsonString());
        fellowship.SignInLinks.Reader.TryRead(out _).ShouldBeFalse();

        // What 'elasticjob user link' asks for.
        (status, _, JsonNode? made) = await third.AskAsync(HttpMethod.Post, "api/v1/session/links");
        status.ShouldBe(201);
        (await SignInAsync(third, ((string)made!["link"]!).Split("?link=")[1])).Status.ShouldBe(200);
    }

    [TimedFact]
    public async Task Leader_ConnectionBreaksForAMoment_GoesOnInTheSameTerm()
    {
        await using Fellowship fellowship = await Fellowship.StartAsync();
        Fellow only = await fellowship.JoinAsync("only");
        await only.LeadsAsync();
        long epoch = (long)(await only.GetAsync("api/v1/cluster/status")).Body!["epoch"]!;

        only.Relay.Cut();
        await only.UntilAsync("healthz/leader", static (status, _) => status == 503);
        only.Relay.Mend();

        await only.LeadsAsync();
        ((long)(await only.GetAsync("api/v1/cluster/status")).Body!["epoch"]!).ShouldBe(epoch);
        (await only.AskAsync(HttpMethod.Post, "api/v1/apply", Definitions)).Status.ShouldBe(200);
    }

    private static Task<(int Status, string? Leader, JsonNode? Body)> SignInAsync(Fellow fellow, string link) => fellow.AskAsync(
        HttpMethod.Post,
        "api/v1/session",
        change: r => r.Content = new StringContent(new JsonObject { ["link"] = link }.ToJsonString(), System.Text.Encoding.UTF8, "application/json"));
}
