using System.Text.Json.Nodes;
using ElasticJob.Scheduler.Access;
using ElasticJob.Scheduler.Api.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ElasticJob.Scheduler.Tests.Api;

/// <summary>Users, sessions, tokens and sign-in links, as a program outside sees them.</summary>
public sealed class AccessTests
{
    private const string NewPassword = "another good password";

    [Fact]
    public async Task Link_SignsInOnce_AsAnAdministrator()
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        string link = await host.LinkAsync();
        Called first = (await host.Anonymous().PostAsync(ApiRoutes.Session, $$"""{"link":"{{link}}"}""")).Is(200);
        (first["name"], first["role"], first["kind"]).ShouldBe(("sign-in link", "admin", "session"));
        (await host.Anonymous().PostAsync(ApiRoutes.Session, $$"""{"link":"{{link}}"}""")).Is(401, ProblemCode.Unauthorized);

        string late = await host.LinkAsync();
        host.Time.Ahead = TimeSpan.FromMinutes(61);
        (await host.Anonymous().PostAsync(ApiRoutes.Session, $$"""{"link":"{{late}}"}""")).Is(401, ProblemCode.Unauthorized);
    }

    [Fact]
    public async Task Link_UsedByManyAtOnce_LetsOneIn()
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        string link = await host.LinkAsync();
        Called[] answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => host.Anonymous().PostAsync(ApiRoutes.Session, $$"""{"link":"{{link}}"}""")));
        answers.Count(a => a.Status == 200).ShouldBe(1);
        answers.Where(a => a.Status != 200).ShouldAllBe(a => a.Code == ProblemCode.Unauthorized);
    }

    [Fact]
    public async Task FirstLink_IsMadeUntilThereIsAUser()
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        SignIns signIns = host.Services.GetRequiredService<SignIns>();
        string? first = await signIns.FirstLinkAsync(keepsOpenOne: false, TestContext.Current.CancellationToken);
        string? second = await signIns.FirstLinkAsync(keepsOpenOne: false, TestContext.Current.CancellationToken);
        (await host.Anonymous().PostAsync(ApiRoutes.Session, $$"""{"link":"{{first}}"}""")).Is(401);
        (await host.Anonymous().PostAsync(ApiRoutes.Session, $$"""{"link":"{{second}}"}""")).Is(200);
        await host.AddUserAsync("ann", "admin");
        (await signIns.FirstLinkAsync(keepsOpenOne: false, TestContext.Current.CancellationToken)).ShouldBeNull();
    }

    [Fact]
    public async Task SignIn_SetsACookieThatNoScriptAndNoOtherSiteCanUse()
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        await host.AddUserAsync("ann", "operator");
        Called answer = (await host.Anonymous().PostAsync(ApiRoutes.Session, $$"""{"user":"ann","password":"{{PlatformHost.Password}}"}""")).Is(200);
        string cookie = PlatformHost.CookieOf(answer);
        cookie.ShouldContain("httponly");
        cookie.ShouldContain("samesite=strict");
        cookie.ShouldContain("path=/");
        HttpClient session = host.WithSession(answer);
        Called me = (await session.AskAsync(ApiRoutes.Session)).Is(200);
        (me["user"], me["role"], me["csrf"]).ShouldBe(("ann", "operator", answer["csrf"]));

        (await session.CallAsync(HttpMethod.Delete, ApiRoutes.Session, null)).Is(204);
        (await session.AskAsync(ApiRoutes.Session)).Is(401, ProblemCode.Unauthorized);
    }

    [Fact]
    public async Task Session_SurvivesARestart_AndEndsIdleAndForGood()
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        await host.AddUserAsync("ann", "viewer");
        Called answer = (await host.Anonymous().PostAsync(ApiRoutes.Session, $$"""{"user":"ann","password":"{{PlatformHost.Password}}"}""")).Is(200);
        await host.RestartAsync();
        (await host.WithSession(answer).AskAsync(ApiRoutes.Session)).Is(200);

        for (int hours = 11; hours < 7 * 24; hours += 11)
        {
            host.Time.Ahead = TimeSpan.FromHours(hours);
            (await host.WithSession(answer).AskAsync(ApiRoutes.Session)).Is(200);
        }

        host.Time.Ahead = TimeSpan.FromDays(7);
        (await host.WithSession(answer).AskAsync(ApiRoutes.Session)).Is(401);

        HttpClient second = await host.SignInAsync("ann");
        host.Time.Ahead += TimeSpan.FromHours(12);
        (await second.AskAsync(ApiRoutes.Session)).Is(401)["detail"].ShouldContain("sign in again");
    }

    [Fact]
    public async Task Password_Changed_EndsEveryOtherSession()
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        await host.AddUserAsync("ann", "viewer");
        HttpClient one = await host.SignInAsync("ann");
        HttpClient other = await host.SignInAsync("ann");
        (await one.CallAsync(HttpMethod.Put, ApiRoutes.Password, $$"""{"old":"wrong","new":"{{NewPassword}}"}""")).Is(422, ProblemCode.Invalid);
        (await one.CallAsync(HttpMethod.Put, ApiRoutes.Password, $$"""{"old":"{{PlatformHost.Password}}","new":"short"}""")).Is(422, ProblemCode.Invalid);
        Called changed = (await one.CallAsync(HttpMethod.Put, ApiRoutes.Password, $$"""{"old":"{{PlatformHost.Password}}","new":"{{NewPassword}}"}""")).Is(200);
        (await other.AskAsync(ApiRoutes.Session)).Is(401);
        (await one.AskAsync(ApiRoutes.Session)).Is(401);
        (await host.WithSession(changed).AskAsync(ApiRoutes.Session)).Is(200);
        (await host.Anonymous().PostAsync(ApiRoutes.Session, $$"""{"user":"ann","password":"{{PlatformHost.Password}}"}""")).Is(401);
        HttpClient again = await host.SignInAsync("ann", NewPassword);

        (await host.Local.CallAsync(HttpMethod.Put, ApiRoutes.User("ann"), $$"""{"password":"{{PlatformHost.Password}}"}""")).Is(200);
        (await again.AskAsync(ApiRoutes.Session)).Is(401);
    }

    [Fact]
    public async Task SignIn_TriedTooOften_WaitsButDoesNotLockOutOthersNorForEver()
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        await host.AddUserAsync("ann", "admin");
        await host.AddUserAsync("bob", "viewer");
        HttpClient before = await host.SignInAsync("ann");
        for (int i = 0; i < 5; i++)
        {
            (await host.Anonymous().PostAsync(ApiRoutes.Session, """{"user":"ann","password":"guess"}""")).Is(401);
        }

        Called refused = (await host.Anonymous().PostAsync(ApiRoutes.Session, $$"""{"user":"ann","password":"{{PlatformHost.Password}}"}""")).Is(429, ProblemCode.TooManyAttempts);
        refused.Headers.RetryAfter!.Delta!.Value.ShouldBeInRange(TimeSpan.FromMinutes(14), TimeSpan.FromMinutes(15));
        (await before.AskAsync(ApiRoutes.Jobs)).Is(200);
        await host.SignInAsync("bob");
        (await host.AuditAsync("signIn", 8)).Count(a => a["outcome"]!.GetValue<string>() == "refused").ShouldBe(6);

        host.Time.Ahead = TimeSpan.FromMinutes(15);
        await host.SignInAsync("ann");
    }

    [Fact]
    public async Task SignIn_UnknownUser_IsToldNothingAndNotWrittenDown()
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        await host.AddUserAsync("ann", "admin");
        Called unknown = (await host.Anonymous().PostAsync(ApiRoutes.Session, """{"user":"my secret typed here","password":"x"}""")).Is(401);
        Called wrong = (await host.Anonymous().PostAsync(ApiRoutes.Session, """{"user":"ann","password":"x"}""")).Is(401);
        unknown.Text.ShouldBe(wrong.Text);
        JsonNode[] audit = await host.AuditAsync("signIn", 2);
        (audit[0]["subject"], audit[1]["subject"]!.GetValue<string>()).ShouldBe((null, "ann"));
        string.Join('\n', audit.Select(a => a.ToJsonString())).ShouldNotContain("my secret");
        host.Log.Lines.ShouldAllBe(l => !l.Contains("my secret"));
    }

    [Fact]
    public async Task Token_HasItsRole_UntilItExpiresOrIsRevoked()
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        (string id, string token) = await host.TokenAsync("viewer", ""","expiresIn":"1d" """);
        (await host.With(token).AskAsync(ApiRoutes.Jobs)).Is(200);
        (await host.With(token).PostAsync(ApiRoutes.DisableJob("x"), "")).Is(403, ProblemCode.Forbidden);
        (await host.With(token[..^1]).AskAsync(ApiRoutes.Jobs)).Is(401);
        (await host.With(token).PostAsync(ApiRoutes.Tokens, """{"name":"child"}""")).Is(403, ProblemCode.Forbidden);
        await host.RestartAsync();
        (await host.With(token).AskAsync(ApiRoutes.Jobs)).Is(200);
        host.Time.Ahead = TimeSpan.FromDays(1);
        (await host.With(token).AskAsync(ApiRoutes.Jobs)).Is(401)["detail"].ShouldContain("expired");
        host.Time.Ahead = TimeSpan.Zero;
        (await host.Local.CallAsync(HttpMethod.Delete, ApiRoutes.Token(id), null)).Is(204);
        (await host.With(token).AskAsync(ApiRoutes.Jobs)).Is(401);
    }

    [Fact]
    public async Task Pitfall21_TokensAndSessions_AreRandomExpireAndHoldNothingOfThePassword()
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        await host.AddUserAsync("ann", "admin");
        Called[] sessions =
        [
            .. await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => host.Anonymous().PostAsync(ApiRoutes.Session, $$"""{"user":"ann","password":"{{PlatformHost.Password}}"}"""))),
        ];
        HttpClient ann = host.WithSession(sessions[0].Is(200));
        Called[] tokens = [.. await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => ann.PostAsync(ApiRoutes.Tokens, """{"name":"ci"}""")))];
        string[] secrets = [.. sessions.Select(PlatformHost.CookieOf).Select(c => c.Split('=', ';')[1]), .. tokens.Select(t => t.Is(201)["token"].Split('_', 3)[2])];
        secrets.ShouldBeUnique();
        secrets.ShouldAllBe(s => s.Length == 43 && !s.Contains(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(PlatformHost.Password)).TrimEnd('=')));
        tokens.ShouldAllBe(t => t.Body["expiresAt"] != null);
        (await host.Local.AskAsync(ApiRoutes.Tokens)).Text.ShouldNotContain(secrets[2], Case.Sensitive, "it is told once");
    }

    [Fact]
    public async Task Token_OfAUser_NeverExceedsItsOwner()
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        await host.AddUserAsync("boss", "admin");
        await host.AddUserAsync("ann", "operator");
        HttpClient ann = await host.SignInAsync("ann");
        (await ann.PostAsync(ApiRoutes.Tokens, """{"name":"x","role":"admin"}""")).Is(403, ProblemCode.Forbidden);
        string token = (await ann.PostAsync(ApiRoutes.Tokens, """{"name":"ci","role":"operator"}""")).Is(201)["token"];
        HttpClient ci = host.With(token);
        (await ci.AskAsync(ApiRoutes.Session)).Is(200)["name"].ShouldBe("ann via token ci");
        (await ci.PostAsync(ApiRoutes.DisableJob("x"), "")).Is(404);
        (await host.Local.CallAsync(HttpMethod.Put, ApiRoutes.User("ann"), """{"role":"viewer"}""")).Is(200);
        (await ci.PostAsync(ApiRoutes.DisableJob("x"), "")).Is(403);
        (await ann.AskAsync(ApiRoutes.Tokens)).Body["items"]!.AsArray().ShouldHaveSingleItem()!["name"]!.GetValue<string>().ShouldBe("ci");
        (await host.Local.CallAsync(HttpMethod.Delete, ApiRoutes.User("ann"), null)).Is(204);
        (await ci.AskAsync(ApiRoutes.Jobs)).Is(401);
        (await ann.AskAsync(ApiRoutes.Jobs)).Is(401);
    }

    [Fact]
    public async Task Token_ForCertainJobs_TouchesNothingElse()
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        (await host.Local.CallAsync(HttpMethod.Post, ApiRoutes.Apply, "{kind: App, name: shop}\n---\n{kind: Job, name: shop-a, app: shop, script: ls}\n---\n{kind: Job, name: other, app: shop, script: ls}", null, "application/yaml")).Is(200);
        HttpClient scoped = host.With((await host.TokenAsync("admin", ""","jobs":["shop-*"],"apps":["shop"]""")).Token);
        string run = (await scoped.PostAsync(ApiRoutes.TriggerJob("shop-a"), "{}")).Is(202)["run"];
        (await scoped.AskAsync(ApiRoutes.Run(run))).Is(200);
        (await scoped.AskAsync(ApiRoutes.Session)).Is(200);
        (await scoped.PostAsync(ApiRoutes.TriggerJob("other"), "{}")).Is(403, ProblemCode.Forbidden);
        foreach (string path in new[] { ApiRoutes.Jobs, ApiRoutes.Runs, ApiRoutes.Events, ApiRoutes.Audit, ApiRoutes.Users, ApiRoutes.Tokens, ApiRoutes.Cluster + "/status" })
        {
            (await scoped.AskAsync(path)).Is(403, ProblemCode.Forbidden);
        }

        (await scoped.CallAsync(HttpMethod.Post, ApiRoutes.Apply, "{kind: Job, name: shop-b, app: shop, script: ls}", null, "application/yaml")).Is(200);
        (await scoped.CallAsync(HttpMethod.Post, ApiRoutes.Apply, "{kind: Job, name: mine, app: shop, script: ls}", null, "application/yaml")).Is(403);
        (await scoped.CallAsync(HttpMethod.Put, ApiRoutes.App("mine"), "{}", null, "application/yaml")).Is(403);
    }

    [Fact]
    public async Task LastAdministrator_CannotBeRemovedOrDemoted()
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        await host.AddUserAsync("ann", "admin");
        await host.AddUserAsync("bob", "admin");
        Called[] both = await Task.WhenAll(
            host.Local.CallAsync(HttpMethod.Delete, ApiRoutes.User("ann"), null), host.Local.CallAsync(HttpMethod.Put, ApiRoutes.User("bob"), """{"role":"viewer"}"""));
        both.Count(c => c.Status is 200 or 204).ShouldBe(1, "the other would have been the last");
        both.Single(c => c.Status is not (200 or 204)).Is(409, ProblemCode.Conflict);
    }

    [Fact]
    public async Task Upkeep_MakesUsesDurable_AndRemovesWhatHasEnded()
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        await host.AddUserAsync("ann", "viewer");
        await host.SignInAsync("ann");
        (_, string token) = await host.TokenAsync("viewer");
        (await host.With(token).AskAsync(ApiRoutes.Jobs)).Is(200);
        AccessUpkeep upkeep = host.Services.GetServices<IHostedService>().OfType<AccessUpkeep>().Single();
        await upkeep.OnceAsync(TestContext.Current.CancellationToken);
        await host.RestartAsync();
        (await host.Local.AskAsync(ApiRoutes.Tokens)).Body["items"]![0]!["usedAt"].ShouldNotBeNull();
        (await host.Local.AskAsync(ApiRoutes.User("ann"))).Body["sessions"]!.GetValue<int>().ShouldBe(1);

        host.Time.Ahead = TimeSpan.FromDays(8);
        await host.Services.GetServices<IHostedService>().OfType<AccessUpkeep>().Single().OnceAsync(TestContext.Current.CancellationToken);
        (await host.Local.AskAsync(ApiRoutes.User("ann"))).Body["sessions"]!.GetValue<int>().ShouldBe(0);
    }

    [Fact]
    public async Task Audit_TellsWhoDidWhatFromWhere_AndNoSecret()
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        await host.AddUserAsync("ann", "admin");
        HttpClient ann = await host.SignInAsync("ann");
        string token = (await ann.PostAsync(ApiRoutes.Tokens, """{"name":"ci","role":"operator"}""")).Is(201)["token"];
        (await ann.CallAsync(HttpMethod.Put, ApiRoutes.App("shop"), "{description: first}", null, "application/yaml")).Is(201);
        (await ann.CallAsync(HttpMethod.Put, ApiRoutes.App("shop"), "{description: second}", null, "application/yaml")).Is(200);
        (await ann.CallAsync(HttpMethod.Put, ApiRoutes.App("shop"), "{colour: red}", null, "application/yaml")).Is(422);
        (await host.With(token).CallAsync(HttpMethod.Delete, ApiRoutes.App("shop"), null)).Is(403);

        JsonNode[] puts = await host.AuditAsync("putApp", 3);
        puts.Select(a => a["outcome"]!.GetValue<string>()).ShouldBe(["done", "done", "refused"]);
        (puts[1]["actor"]!.GetValue<string>(), puts[1]["remote"]!.GetValue<string>(), puts[1]["subject"]!.GetValue<string>()).ShouldBe(("ann", "127.0.0.1", "shop"));
        puts[1]["changes"]![0]!["differences"]![0]!.ToJsonString().ShouldBe("""{"path":"description","old":"first","new":"second"}""");
        puts[2]["message"]!.GetValue<string>().ShouldContain("1 fault");
        JsonNode refused = (await host.AuditAsync("removeApp")).ShouldHaveSingleItem();
        (refused["actor"]!.GetValue<string>(), refused["outcome"]!.GetValue<string>()).ShouldBe(("ann via token ci", "refused"));

        string all = (await host.Local.AskAsync(ApiRoutes.Audit + "?limit=1000")).Is(200).Text;
        all.ShouldNotContain(PlatformHost.Password);
        all.ShouldNotContain(token);
        all.ShouldNotContain("pbkdf2");
        (await host.Local.AskAsync(ApiRoutes.Events + "?limit=1000")).Text.ShouldNotContain("audit");
    }
}
