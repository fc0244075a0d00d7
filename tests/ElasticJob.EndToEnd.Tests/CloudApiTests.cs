using System.Text.Json;
using System.Text.RegularExpressions;
using ElasticJob.EndToEnd.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ElasticJob.EndToEnd.Tests;

/// <summary>ElasticJob Cloud's own command lines, run by curl as they are; the token is in the file that curl reads before each.</summary>
public sealed class CloudApiTests(SharedPlatform shared) : IClassFixture<SharedPlatform>
{
    private readonly Platform platform = shared.Platform;
    private readonly TestFolder folder = shared.Folder;
    private string apps = "";

    [Fact]
    public async Task Lines_OfTheManual_WorkUnchanged()
    {
        await using WebApplication server = await ServeAsync();
        await platform.Api.PostAsync("api/v1/users", new { name = "root", role = "admin", password = "correct horse battery" });
        JsonElement signedIn = JsonElement.Parse(await CurlAsync(PublishedLines.Login.Replace("pwd", "correct horse battery", StringComparison.Ordinal)));
        string token = signedIn.GetProperty("accessToken").GetString()!;
        folder.Write(".curlrc", $"header = \"accessToken: {token}\"\nfail-with-body\nsilent\n");

        foreach (string line in PublishedLines.Manual3)
        {
            (await CurlAsync(line)).ShouldBe("");
        }

        await Until.Async(
            () => platform.Api.GetAsync("api/job/events/executions?per_page=5&page=1&sort=startTime&order=DESC&jobName=my_job&isSuccess=1"),
            page => page.GetProperty("total").GetInt64() >= 10 && page.GetProperty("rows").GetArrayLength() == 5,
            "two runs of five shards");
        (await platform.Api.FinishedAsync("my_job", 1, r => r.Text("trigger") == "manual"))[0].Text("outcome").ShouldBe("succeeded");
        JsonElement traces = await platform.Api.GetAsync("api/job/events/statusTraces?jobName=my_job&state=TASK_FINISHED&startTime=2020-01-01%2000:00:00");
        traces.GetProperty("rows")[0].Text("state").ShouldBe("TASK_FINISHED");
        (await platform.Api.GetAsync("api/job/statistics/tasks/results/lastHour")).GetProperty("successCount").GetInt64().ShouldBeGreaterThanOrEqualTo(10);
        (await platform.Api.GetAsync("api/job/statistics/tasks/results?since=last24hours")).GetArrayLength().ShouldBeGreaterThan(0);
        string metrics = await platform.Api.Http.GetStringAsync("metrics", TestContext.Current.CancellationToken);
        foreach (string series in new[]
        {
            "elasticjob_due_lag_seconds_count", "elasticjob_run_start_lag_seconds_count", "elasticjob_commits_total", "elasticjob_commit_duration_seconds_count",
            "elasticjob_loop_inputs_total", "elasticjob_tasks_launched_total", "elasticjob_tasks_ended_total{state=\"finished\"}",
            "elasticjob_runs_finished_total{outcome=\"succeeded\"}", "elasticjob_cluster_connected", "elasticjob_agents",
        })
        {
            metrics.ShouldMatch($"(?m)^{Regex.Escape(series)} [1-9]");
        }

        (await platform.Api.PostAsync("api/operate/reconcile/explicit")).GetBoolean().ShouldBeTrue();
        (await platform.Api.PostAsync("api/operate/reconcile/implicit")).GetBoolean().ShouldBeTrue();
        (await CurlAsync(PublishedLines.Deregister3)).ShouldBe("");

        foreach (string line in PublishedLines.Manual2)
        {
            (await CurlAsync(line)).ShouldBe("");
            if (line.Contains("deregister", StringComparison.Ordinal))
            {
                // Its runs are ended first; until then the name is taken.
                await Until.Async(
                    () => platform.Api.ListAsync("api/v1/runs?job=foo_job"), runs => runs.All(r => r.Text("state") == "finished"), "the end of the removed job's runs");
            }
        }

        JsonElement[] jobs = [.. (await platform.Api.GetAsync("api/job/jobs")).EnumerateArray()];
        jobs.Select(j => j.Text("jobName")).ShouldBe(["foo_job", "test_job_dataflow", "test_job_script", "test_job_simple", "test_job_simple_spring"]);
        jobs[1].Text("jobExecutionType").ShouldBe("DAEMON");
        jobs[2].Text("scriptCommandLine").ShouldBe("script/demo.sh");
        await platform.Api.FinishedAsync("test_job_simple", 1, r => r.Text("outcome") == "succeeded");
        foreach (string app in new[] { "my_app", "foo_app", "exampleApp" })
        {
            await platform.Api.TryAsync(HttpMethod.Delete, $"api/app/{app}");
        }

        (await platform.Api.GetAsync("api/app/list")).GetArrayLength().ShouldBe(0);
    }

    private async Task<string> CurlAsync(string line)
    {
        string here = line;
        foreach (string host in new[] { "elasticjob_cloud_host", "elastic_job_cloud_host", "elastic_job_cloud_masterhost", "localhost" })
        {
            here = here.Replace($"http://{host}:8899", platform.Address.AbsoluteUri.TrimEnd('/'), StringComparison.Ordinal);
        }

        here = here.Replace("http://app_host:8080", apps, StringComparison.Ordinal).Replace("http://localhost:8080", apps, StringComparison.Ordinal);
        Ended ended = await Program.RunAsync("/bin/sh", ["-c", here], new Dictionary<string, string> { ["CURL_HOME"] = folder.Path });
        ended.Code.ShouldBe(0, $"{here}\n{ended.All}");
        return ended.Out;
    }

    /// <summary>The host of the packages: every one of them is the test app, started by a script.</summary>
    private async Task<WebApplication> ServeAsync()
    {
        string app = folder.Folder("cloud-app");
        foreach (string file in Directory.EnumerateFiles(Built.App))
        {
            File.Copy(file, Path.Combine(app, Path.GetFileName(file)));
        }

        string script = folder.Write(Path.Combine(folder.Folder("cloud-app/bin"), "start.sh"), $"#!/bin/sh\nexport WITNESS='{folder.Witness}'\nexec dotnet ElasticJob.EndToEnd.App.dll\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string package = Archives.TarGz(folder, app, "cloud.tar.gz");
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        WebApplication server = builder.Build();
        server.MapGet("/{name}.tar.gz", () => Results.File(package, "application/gzip"));
        await server.StartAsync(TestContext.Current.CancellationToken);
        apps = server.Urls.First();
        return server;
    }
}
