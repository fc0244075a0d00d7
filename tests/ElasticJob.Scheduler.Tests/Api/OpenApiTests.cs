using ElasticJob.Files;
using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace ElasticJob.Scheduler.Tests.Api;

/// <summary>The OpenAPI document: whole, valid by a public validator, and enough for a public generator.</summary>
public sealed class OpenApiTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Document_EveryOperation_SaysWhatItTakesAnswersAndRefuses()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        JsonNode document = (await host.GetAsync("/openapi/v1.json")).Body!;
        document["openapi"]!.GetValue<string>().ShouldStartWith("3.1.");
        var ids = new List<string>();
        foreach ((string path, JsonNode? item) in document["paths"]!.AsObject())
        {
            foreach ((string method, JsonNode? operation) in item!.AsObject())
            {
                string where = $"{method} {path}";
                ids.Add(operation!["operationId"]?.GetValue<string>() ?? throw new InvalidOperationException($"{where} has no operationId."));
                operation["summary"].ShouldNotBeNull(where);
                operation["tags"]!.AsArray().Count.ShouldBe(1, where);
                JsonObject responses = operation["responses"]!.AsObject();
                foreach ((string status, JsonNode? response) in responses)
                {
                    bool isEmpty = status is "202" or "204";
                    JsonObject? content = response!["content"]?.AsObject();
                    (content is { Count: > 0 } || isEmpty).ShouldBeTrue($"{where} answers {status} with nothing.");
                    if (status[0] == '4')
                    {
                        content!["application/problem+json"]!["schema"]!["$ref"]!.GetValue<string>().ShouldBe("#/components/schemas/Problem", where);
                    }
                }

                if (path.StartsWith("/api/", StringComparison.Ordinal))
                {
                    new[] { "400", "401", "403", "503" }.Except(responses.Select(r => r.Key)).ShouldBeEmpty(where);
                    foreach (JsonNode? parameter in operation["parameters"]?.AsArray() ?? [])
                    {
                        parameter!["description"].ShouldNotBeNull($"{where} {parameter["name"]}");
                    }
                }
            }
        }

        ids.ShouldBeUnique();
        document["components"]!["schemas"]!["Problem"]!["properties"]!["code"].ShouldNotBeNull();
        document.ToJsonString().ShouldNotContain("\"integer\",\"string\"");
    }

    [Fact]
    public async Task Document_IsValid_AndAGeneratedClientWorksWithoutHandEdits()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        string folder = Directory.CreateTempSubdirectory("elasticjob-openapi-").FullName;
        try
        {
            foreach (string file in Directory.EnumerateFiles(Path.Combine(Repository.Root(), "tests/ElasticJob.Scheduler.Tests/OpenApiClient")))
            {
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            }

            string text = await host.Client.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(folder, "api.json"), text, TestContext.Current.CancellationToken);
            await RunAsync(folder, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
            await RunAsync(folder, "node", "lint.mjs", "api.json");
            await RunAsync(folder, "node", "node_modules/openapi-typescript/bin/cli.js", "api.json", "-o", "api.ts");
            await RunAsync(folder, "node", "node_modules/typescript/bin/tsc", "-p", ".");
            string said = await RunAsync(
                folder, "node", "out/client.js", host.Client.BaseAddress!.AbsoluteUri.TrimEnd('/'), host.Client.DefaultRequestHeaders.Authorization!.Parameter!);
            said.Trim().ShouldBe(
                """{"changes":["App ts created","Job hello created"],"shards":1,"state":"idle","listed":["hello"],"trigger":"manual","parameter":"x","preview":2,"""
                + "\"valid\":false,\"fault\":\"app\",\"documents\":2,\"connected\":true,\"code\":\"notFound\"}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> RunAsync(string folder, string program, params string[] arguments)
    {
        Process process;
        try
        {
            process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (Win32Exception)
        {
            throw new InvalidOperationException($"'{program}' is not here; './build.sh test' installs it as root, otherwise: sudo apt-get install nodejs npm");
        }

        using (process)
        using (var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken))
        {
            patience.CancelAfter(Patience);
            try
            {
                Task<string> output = process.StandardOutput.ReadToEndAsync(patience.Token);
                Task<string> errors = process.StandardError.ReadToEndAsync(patience.Token);
                await process.WaitForExitAsync(patience.Token);
                process.ExitCode.ShouldBe(0, $"{program} {string.Join(' ', arguments)}\n{await output}\n{await errors}");
                return await output;
            }
            finally
            {
                if (!process.HasExited)
                {
                    process.Kill(entireProcessTree: true);
                }
            }
        }
    }
}
