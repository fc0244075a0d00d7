using System.Net;
using System.Text.Json.Nodes;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Security;

namespace ElasticJob.Scheduler.Tests.Api;

public sealed class SecurityTests
{
    [Theory]
    [InlineData("GET", "/api/v1/jobs")]
    [InlineData("GET", "/api/v1/events/stream")]
    [InlineData("POST", "/api/v1/apply")]
    [InlineData("DELETE", "/api/v1/jobs/x")]
    [InlineData("GET", "/api/anything")]
    public async Task Api_WithoutOrWithWrongToken_Is401(string method, string path)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using HttpClient anonymous = host.Anonymous();
        foreach (string? token in new[] { null, "ej_wrong", "" })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            if (token is not null)
            {
                request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
            }

            using HttpResponseMessage response = await anonymous.SendAsync(request, TestContext.Current.CancellationToken);
            response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
            response.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer");
            JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["code"]!.GetValue<string>().ShouldBe(ProblemCode.Unauthorized);
        }
    }

    [Theory]
    [InlineData("/healthz/live")]
    [InlineData("/healthz/ready")]
    [InlineData("/healthz/leader")]
    [InlineData("/metrics")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/")]
    public async Task Platform_OnLoopback_NeedsNoToken(string path)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using HttpClient anonymous = host.Anonymous();
        using HttpResponseMessage response = await anonymous.GetAsync(path, TestContext.Current.CancellationToken);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        response.Headers.Contains("Access-Control-Allow-Origin").ShouldBeFalse();
    }

    [Fact]
    public async Task Request_ForeignHost_IsRefused()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        (int status, JsonNode? body) = await host.SendAsync(HttpMethod.Get, ApiRoutes.Jobs, change: r => r.Headers.Host = "evil.example");
        status.ShouldBe(421);
        body!["code"]!.GetValue<string>().ShouldBe(ProblemCode.WrongHost);
    }

    [Fact]
    public async Task Write_LeavesAnAuditLineWithoutTheToken()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await host.ApplyAsync("{kind: App, name: a}");
        await host.RefusedAsync(HttpMethod.Delete, ApiRoutes.App("b"), 404, ProblemCode.NotFound);
        string token = host.Client.DefaultRequestHeaders.Authorization!.Parameter!;
        string[] audit = [.. host.Log.Lines.Where(l => l.StartsWith("5000 ", StringComparison.Ordinal))];
        audit.ShouldBe(["5000 Audit: local from 127.0.0.1 asked POST /api/v1/apply and was answered 200 ", "5000 Audit: local from 127.0.0.1 asked DELETE /api/v1/apps/b and was answered 404 "]);
        host.Log.Lines.ShouldAllBe(l => !l.Contains(token));
    }

    [Fact]
    public async Task Token_File_IsForItsOwnerOnlyAndKept()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        string path = LocalToken.PathIn(host.Data);
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        string text = (await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)).Trim();
        text.Length.ShouldBe("ej_".Length + 43);
        LocalToken again = LocalToken.Open(host.Data);
        again.Accepts(text).ShouldBeTrue();
        again.Accepts(text[..^1]).ShouldBeFalse();
        again.Accepts("").ShouldBeFalse();
        Directory.GetFiles(Path.GetDirectoryName(path)!).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Follower_AnswersUnavailableAndStaysAlive()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        host.Loop.Unavailable = "Another scheduler leads.";
        using HttpResponseMessage response = await host.Client.GetAsync(ApiRoutes.Jobs, TestContext.Current.CancellationToken);
        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        response.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(2));
        (await host.GetAsync("/healthz/live")).Status.ShouldBe(200);
        (await host.GetAsync("/healthz/leader")).Status.ShouldBe(503);
        (await host.Client.GetStringAsync("/metrics", TestContext.Current.CancellationToken)).ShouldContain("elasticjob_leader 0\n");
    }

    [Fact]
    public async Task Ready_NotConnected_SaysWhy()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        host.Loop.ClusterNow = host.Loop.ClusterNow with { Connected = false, Fault = "No master answers." };
        (int status, JsonNode? body) = await host.GetAsync("/healthz/ready");
        status.ShouldBe(503);
        body!["detail"]!.GetValue<string>().ShouldBe("No master answers.");
        (await host.GetAsync("/healthz/leader")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Cluster_Views_AreShown()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        (_, JsonNode? status) = await host.GetAsync(ApiRoutes.Cluster + "/status");
        status!["connected"]!.GetValue<bool>().ShouldBeTrue();
        (_, JsonNode? agents) = await host.GetAsync(ApiRoutes.Cluster + "/agents");
        agents!.AsArray().ShouldHaveSingleItem()!["used"]!["memory"]!.GetValue<string>().ShouldBe("1Gi");
        (await host.GetAsync(ApiRoutes.Cluster + "/executors")).Body!.AsArray().ShouldBeEmpty();
        (await host.GetAsync(ApiRoutes.Cluster + "/offers")).Body!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task OpenApi_Document_ListsEveryAddressOfTheApi()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        (_, JsonNode? document) = await host.GetAsync("/openapi/v1.json");
        document!["openapi"]!.GetValue<string>().ShouldStartWith("3.1");
        JsonObject paths = document["paths"]!.AsObject();
        foreach (string path in new[] { "/apply", "/apps", "/apps/{name}", "/apps/{name}/enable", "/jobs", "/jobs/{name}", "/jobs/{name}/trigger", "/jobs/{name}/runs", "/jobs/{name}/ledger", "/jobs/{name}/next", "/jobs/{name}/why", "/runs", "/runs/{id}", "/runs/{id}/tasks", "/runs/{id}/tasks/{task}/log", "/runs/{id}/kill", "/events", "/events/stream", "/statistics/runs", "/cluster/status" })
        {
            paths.ContainsKey("/api/v1" + path).ShouldBeTrue(path);
        }
    }
}
