using System.Text.Json.Nodes;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Api.Security;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;

namespace ElasticJob.Scheduler.Tests.Api;

/// <summary>
/// Every address that the server knows, by everybody who may come: taken from the server itself, so that a new address is in here on its first day.
/// </summary>
public sealed class EndpointMatrixTests
{
    private static readonly string[] Ranks = [Roles.Viewer, Roles.Operator, Roles.Admin];

    /// <summary>What needs nobody to be known. Everything else must declare a role.</summary>
    private static readonly string[] Open =
    [
        "GET /", "GET /healthz/live", "GET /healthz/leader", "GET /healthz/ready", "GET /metrics", "GET /openapi/v1.json",
        "POST /api/login", "POST /api/v1/session", "GET /sign-in", "POST /sign-in", "POST /sign-in/user", "POST /sign-in/out",
    ];

    /// <summary>What people do and tokens may not, whatever their role.</summary>
    private static readonly string[] ForPeople = ["POST /api/v1/tokens", "POST /api/v1/session/links"];

    [Fact]
    public async Task EveryEndpoint_DeclaresARole_OrIsKnownToBeOpen()
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        Address[] all = AddressesOf(host);
        all.Length.ShouldBeGreaterThan(40);
        all.Where(a => a.Role is null).Select(a => a.Name).Order().ShouldBe(Open.Order(), "an address without a declared role, or one that is no longer there");
        all.Where(a => a.Role is not null).ShouldAllBe(a => Ranks.Contains(a.Role));
        all.Where(a => a.IsWrite && a.Role is not null && a.Name.StartsWith("POST /api/v1/", StringComparison.Ordinal) && !a.Name.Contains("token") && !a.Name.Contains("session"))
            .ShouldAllBe(a => a.Role != Roles.Viewer, "viewers change nothing");
    }

    [Fact]
    public async Task Pitfall21_EveryEndpoint_LetsInWhoMayAndNobodyElse()
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        (string revokedId, string revoked) = await host.TokenAsync("admin");
        (await host.Local.CallAsync(HttpMethod.Delete, ApiRoutes.Token(revokedId), null)).Is(204);
        (_, string expired) = await host.TokenAsync("admin", ""","expiresIn":"1h" """);
        host.Time.Ahead = TimeSpan.FromHours(2);
        Dictionary<string, HttpClient> byRole = [];
        foreach (string role in Ranks)
        {
            byRole[role] = host.With((await host.TokenAsync(role)).Token);
        }

        HttpClient[] strangers =
        [
            host.Anonymous(), host.With(expired), host.With(revoked), host.With("ej_wrong"), host.With("ejt_000000000000_wrong"),
            Basic(host.Anonymous()), Cookie(host.Anonymous(), "elasticjob=wrong"), Cookie(host.Anonymous(), "__Host-elasticjob=wrong"),
        ];
        var wrong = new List<string>();
        foreach (Address address in AddressesOf(host).Where(a => a.Role is not null))
        {
            foreach (HttpClient stranger in strangers)
            {
                Called called = await address.CallAsync(stranger);
                Expect(called.Status == 401 && called.Code == ProblemCode.Unauthorized, address, "a stranger", called);
            }

            foreach (string role in Ranks)
            {
                Called called = await address.CallAsync(byRole[role]);
                bool may = Array.IndexOf(Ranks, role) >= Array.IndexOf(Ranks, address.Role) && !ForPeople.Contains(address.Name);
                Expect(may ? called.Status is not (401 or 403) and < 500 : called is { Status: 403, Code: ProblemCode.Forbidden }, address, role, called);
            }
        }

        wrong.ShouldBeEmpty();

        void Expect(bool good, Address address, string who, Called called)
        {
            if (!good)
            {
                wrong.Add($"{address.Name} ({address.Role}) by {who}: {called.Status} {called.Text}");
            }
        }
    }

    [Fact]
    public async Task EveryWrite_WithACookieAlone_IsRefused()
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        await host.AddUserAsync("ann", "admin");
        await host.AddUserAsync("bob", "admin");
        HttpClient ann = await host.SignInAsync("ann");
        string csrf = ann.DefaultRequestHeaders.GetValues("X-CSRF-Token").Single();
        foreach (Address address in AddressesOf(host).Where(a => a is { Role: not null, IsWrite: true }))
        {
            foreach (string? given in new[] { null, "", "wrong", csrf[..^1] })
            {
                ann.DefaultRequestHeaders.Remove("X-CSRF-Token");
                if (given is not null)
                {
                    ann.DefaultRequestHeaders.Add("X-CSRF-Token", given);
                }

                (await address.CallAsync(ann)).Is(403, ProblemCode.Csrf);
            }

            ann.DefaultRequestHeaders.Remove("X-CSRF-Token");
            ann.DefaultRequestHeaders.Add("X-CSRF-Token", csrf);
            (await address.CallAsync(ann, r => r.Headers.Add("Sec-Fetch-Site", "cross-site"))).Is(403, ProblemCode.Csrf);
            if (address.Name != "DELETE /api/v1/session")
            {
                (await address.CallAsync(ann)).Status.ShouldNotBe(403, address.Name);
            }
        }

        foreach (Address address in AddressesOf(host).Where(a => a is { Role: not null, IsWrite: false }))
        {
            ann.DefaultRequestHeaders.Remove("X-CSRF-Token");
            (await address.CallAsync(ann)).Status.ShouldNotBe(403, $"{address.Name}: reading needs no CSRF token");
        }
    }

    [Fact]
    public async Task EveryAnswer_HasTheHeadersThatProtectBrowsers()
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        foreach (Address address in AddressesOf(host))
        {
            Called called = await address.CallAsync(host.Anonymous());
            called.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"], address.Name);
            called.Headers.GetValues("X-Frame-Options").ShouldBe(["DENY"], address.Name);
            called.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("frame-ancestors 'none'");
            called.Headers.Contains("Access-Control-Allow-Origin").ShouldBeFalse(address.Name);
        }
    }

    [Fact]
    public async Task Pitfall20_EveryEndpointOfTheApi_IsDescribed()
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        Called document = (await host.Anonymous().AskAsync("/openapi/v1.json")).Is(200);
        document.Body["components"]!["securitySchemes"]!.AsObject().Select(s => s.Key).Order().ShouldBe(["csrf", "session", "token"]);
        foreach (Address address in AddressesOf(host).Where(a => a.Pattern.StartsWith("/api/v1/", StringComparison.Ordinal)))
        {
            document.Body["paths"]?[address.Pattern]?[address.Method.Method.ToLowerInvariant()].ShouldNotBeNull(address.Name);
        }
    }

    /// <summary>A mistyped filter that is passed over in silence answers everything; a mistyped <c>dryRun</c> would store.</summary>
    [Fact]
    public async Task EveryEndpointOfTheApi_RefusesAQueryParameterThatItDoesNotKnow_AndNamesThoseItDoes()
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        Called document = (await host.Anonymous().AskAsync("/openapi/v1.json")).Is(200);
        foreach (Address address in AddressesOf(host).Where(a => a.Pattern.StartsWith("/api/v1/", StringComparison.Ordinal)))
        {
            JsonNode described = document.Body["paths"]![address.Pattern]![address.Method.Method.ToLowerInvariant()]!;
            string[] known = [.. (described["parameters"]?.AsArray() ?? []).Where(p => (string)p!["in"]! == "query").Select(p => (string)p!["name"]!)];
            Called called = (await address.CallAsync(host.Local, query: "?bogus=1&limits=2")).Is(400, ProblemCode.BadRequest);
            called["detail"].ShouldContain("'bogus', 'limits'", Case.Sensitive, address.Name);
            called["detail"].ShouldEndWith(known.Length == 0 ? "it takes none." : $"it takes {string.Join(", ", known)}.", Case.Sensitive, address.Name);
            foreach (string name in known)
            {
                Called taken = await address.CallAsync(host.Local, query: $"?{name.ToUpperInvariant()}=1");
                (taken.Status == 400 && taken["detail"].Contains("query parameter")).ShouldBeFalse($"{address.Name} {name}: {taken.Text}");
            }
        }
    }

    /// <summary>Its callers were written for another server, and browsers come to the other pages with what links carry.</summary>
    [Fact]
    public async Task OutsideTheApi_AQueryParameterThatNobodyKnows_ChangesNothing()
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        Address[] others = [.. AddressesOf(host).Where(a => !a.Pattern.StartsWith("/api/v1/", StringComparison.Ordinal))];
        others.ShouldContain(a => a.Pattern.StartsWith("/api/job", StringComparison.Ordinal));
        others.ShouldContain(a => a.Pattern == "/sign-in");
        foreach (Address address in others)
        {
            int without = (await address.CallAsync(host.Local)).Status;
            (await address.CallAsync(host.Local, query: "?bogus=1")).Status.ShouldBe(without, address.Name);
        }
    }

    [Fact]
    public async Task UnknownQueryParameter_OfAStranger_IsNotSpokenOf()
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        (await host.Anonymous().AskAsync(ApiRoutes.Jobs + "?bogus=1")).Is(401, ProblemCode.Unauthorized);
    }

    internal static Address[] AddressesOf(PlatformHost host) =>
    [
        .. host.Endpoints.SelectMany(e => (e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Select(method => new Address(
            new HttpMethod(method),
            "/" + e.RoutePattern.RawText!.Trim('/'),
            e.Metadata.GetMetadata<IAllowAnonymous>() is not null ? null : e.Metadata.GetMetadata<IAuthorizeData>()?.Policy,
            [.. e.Metadata.GetMetadata<QueryParameters>()?.Names ?? []]))),
    ];

    private static HttpClient Basic(HttpClient client)
    {
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Basic YTpi");
        return client;
    }

    private static HttpClient Cookie(HttpClient client, string cookie)
    {
        client.DefaultRequestHeaders.Add("Cookie", cookie);
        return client;
    }

    internal sealed record Address(HttpMethod Method, string Pattern, string? Role, string[] Query)
    {
        public string Name => $"{Method} {Pattern}";

        public bool IsWrite => Method != HttpMethod.Get;

        public Task<Called> CallAsync(HttpClient client, Action<HttpRequestMessage>? change = null, string query = "") => client.CallAsync(
            Method,
            Pattern.Replace("{name}", "none").Replace("{id}", "none@1").Replace("{task}", "t") + query,
            IsWrite ? "{}" : null,
            change);
    }
}
