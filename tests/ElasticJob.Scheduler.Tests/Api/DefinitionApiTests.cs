using System.Text.Json;
using System.Text.Json.Nodes;
using ElasticJob.Scheduler.Api.Contracts;

namespace ElasticJob.Scheduler.Tests.Api;

public sealed class DefinitionApiTests
{
    private const string Both = """
        kind: App
        name: shop
        command: ./Shop
        ---
        kind: Job
        name: archive
        app: shop
        schedule: 0/5 * * * * ?
        shards: 3
        parameter: "007"
        """;

    [Fact]
    public async Task Apply_NewDefinitions_AreCreatedAndShown()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        (int status, JsonNode? body) = await host.SendAsync(HttpMethod.Post, ApiRoutes.Apply, Both);
        status.ShouldBe(200, body?.ToJsonString());
        ApplyAnswer answer = body.Deserialize(ApiJson.Default.ApplyAnswer)!;
        answer.Documents.Select(d => (d.Document, d.Kind, d.Name, d.Change, d.Version)).ShouldBe([(1, "App", "shop", "created", 1), (2, "Job", "archive", "created", 1)]);

        (_, JsonNode? job) = await host.GetAsync(ApiRoutes.Job("archive"));
        JobAnswer shown = job.Deserialize(ApiJson.Default.JobAnswer)!;
        shown.State.ShouldBe(JobState.Idle);
        shown.Schedule.ShouldBe(["0/5 * * * * ?"]);
        shown.Definition!["parameter"]!.GetValue<string>().ShouldBe("007");
    }

    [Fact]
    public async Task Apply_ChangedField_ShowsOldAndNew()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await host.ApplyAsync(Both);
        (_, JsonNode? body) = await host.SendAsync(HttpMethod.Post, ApiRoutes.Apply + "?dryRun=true", Both.Replace("shards: 3", "shards: 4") + "\npolicy: { retry: { attempts: 2 } }");
        ApplyAnswer answer = body.Deserialize(ApiJson.Default.ApplyAnswer)!;
        answer.DryRun.ShouldBeTrue();
        answer.Documents[0].Change.ShouldBe("unchanged");
        answer.Documents[1].Change.ShouldBe("updated");
        answer.Documents[1].Differences.Select(d => $"{d.Path}: {d.Old?.ToJsonString()} -> {d.New?.ToJsonString()}")
            .ShouldBe(["shards: 3 -> 4", "policy.retry.attempts:  -> 2", "policy.retry.backoff:  -> \"1s..1m\""]);
        (_, JsonNode? job) = await host.GetAsync(ApiRoutes.Job("archive"));
        job!["shards"]!.GetValue<int>().ShouldBe(3);
    }

    [Fact]
    public async Task Apply_Faults_AreAllListedAndNothingIsStored()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        (int status, JsonNode? body) = await host.SendAsync(HttpMethod.Post, ApiRoutes.Apply, Both + """

            ---
            kind: Job
            name: broken
            app: shop
            schedule: 0 0 30 2 *
            shards: 0
            ---
            kind: Job
            name: orphan
            app: nowhere
            ---
            kind: Job
            name: archive
            app: shop
            """);
        status.ShouldBe(422);
        Problem problem = body.Deserialize(ApiJson.Default.Problem)!;
        problem.Code.ShouldBe(ProblemCode.InvalidDefinition);
        problem.Faults!.Select(f => (f.Document, f.Name, f.Path)).ShouldBe(
            [(3, "broken", "schedule"), (3, "broken", "shards"), (5, "archive", "name"), (4, "orphan", "app")]);
        (_, JsonNode? jobs) = await host.GetAsync(ApiRoutes.Jobs);
        jobs!["items"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task Apply_ClassJobOfAppWithoutCommand_IsRefusedOnEitherSide()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await host.RefusedAsync(HttpMethod.Post, ApiRoutes.Apply, 422, ProblemCode.InvalidDefinition, Both.Replace("command: ./Shop\n", ""), "application/yaml");
        await host.ApplyAsync(Both);
        await host.RefusedAsync(HttpMethod.Put, ApiRoutes.App("shop"), 422, ProblemCode.InvalidDefinition, "{}");
    }

    [Theory]
    [InlineData("application/yaml", "kind: [")]
    [InlineData("application/yaml", "a: b: c")]
    [InlineData("application/yaml", "")]
    [InlineData("application/json", "{")]
    [InlineData("application/json", """{ "kind": "App", "kind": "App" }""")]
    [InlineData("application/json", "[null]")]
    public async Task Apply_Unreadable_Is400(string type, string body)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await host.RefusedAsync(HttpMethod.Post, ApiRoutes.Apply, 400, ProblemCode.BadRequest, body, type);
    }

    [Fact]
    public async Task Apply_OtherMediaTypeOrTooLarge_IsRefused()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await host.RefusedAsync(HttpMethod.Post, ApiRoutes.Apply, 415, ProblemCode.UnsupportedMediaType, "x", "application/xml");
        await host.RefusedAsync(HttpMethod.Post, ApiRoutes.Apply, 413, ProblemCode.TooLarge, new string('#', (8 * 1024 * 1024) + 1), "application/yaml");
    }

    [Fact]
    public async Task Put_WithIfMatch_StoresOnlyOverThatVersion()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await host.ApplyAsync(Both);
        const string Job = """{ "app": "shop", "shards": 5 }""";
        (int status, _) = await host.SendAsync(HttpMethod.Put, ApiRoutes.Job("archive"), Job, "application/json", r => r.Headers.Add("If-Match", "\"7\""));
        status.ShouldBe(412);
        (status, _) = await host.SendAsync(HttpMethod.Put, ApiRoutes.Job("archive"), Job, "application/json", r => r.Headers.Add("If-None-Match", "*"));
        status.ShouldBe(412);
        (status, JsonNode? body) = await host.SendAsync(HttpMethod.Put, ApiRoutes.Job("archive"), Job, "application/json", r => r.Headers.Add("If-Match", "\"1\""));
        status.ShouldBe(200);
        body!["version"]!.GetValue<long>().ShouldBe(2);
        using HttpResponseMessage shown = await host.Client.GetAsync(ApiRoutes.Job("archive"), TestContext.Current.CancellationToken);
        shown.Headers.ETag!.Tag.ShouldBe("\"2\"");
        (status, _) = await host.SendAsync(HttpMethod.Delete, ApiRoutes.Job("archive"), change: r => r.Headers.Add("If-Match", "\"1\""));
        status.ShouldBe(412);
        (status, _) = await host.SendAsync(HttpMethod.Delete, ApiRoutes.Job("archive"), change: r => r.Headers.Add("If-Match", "\"2\""));
        status.ShouldBe(204);
    }

    [Fact]
    public async Task Put_OtherName_IsRefused()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await host.RefusedAsync(HttpMethod.Put, ApiRoutes.App("a"), 400, ProblemCode.BadRequest, """{ "name": "b" }""");
        await host.RefusedAsync(HttpMethod.Put, ApiRoutes.App("a"), 400, ProblemCode.BadRequest, """{ "kind": "Job" }""");
    }

    [Fact]
    public async Task Apply_PackageFolder_IsStoredWithItsDigest()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        string folder = Directory.CreateDirectory(Path.Combine(host.Data, "app")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "run.sh"), "echo 1", TestContext.Current.CancellationToken);
        string yaml = $"kind: App\nname: shop\npackage: {folder}\ncommand: ./run.sh\n";
        await host.ApplyAsync(yaml);
        (_, JsonNode? app) = await host.GetAsync(ApiRoutes.App("shop"));
        string digest = app!["packageDigest"]!.GetValue<string>();
        File.Exists(Path.Combine(host.Data, "packages", $"sha256-{digest[7..]}.tar.gz")).ShouldBeTrue();

        await File.WriteAllTextAsync(Path.Combine(folder, "run.sh"), "echo 2", TestContext.Current.CancellationToken);
        (_, JsonNode? body) = await host.SendAsync(HttpMethod.Post, ApiRoutes.Apply, yaml);
        body.Deserialize(ApiJson.Default.ApplyAnswer)!.Documents[0].Differences.ShouldHaveSingleItem().Path.ShouldBe("packageDigest");

        await host.RefusedAsync(HttpMethod.Post, ApiRoutes.Apply, 422, ProblemCode.PackageRefused, yaml.Replace(folder, folder + "-gone"), "application/yaml");
    }

    [Fact]
    public async Task Remove_UsedApp_IsAConflict()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await host.ApplyAsync(Both);
        await host.RefusedAsync(HttpMethod.Delete, ApiRoutes.App("shop"), 409, ProblemCode.Conflict);
        await host.RefusedAsync(HttpMethod.Delete, ApiRoutes.App("other"), 404, ProblemCode.NotFound);
    }
}
