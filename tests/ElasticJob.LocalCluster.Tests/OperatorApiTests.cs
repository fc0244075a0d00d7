using System.Net;
using System.Text;
using System.Text.Json;
using ElasticJob.Mesos.V1;

namespace ElasticJob.Local.Tests;

public sealed class OperatorApiTests
{
    [Fact]
    public async Task MasterAndAgent_ShowWhatRuns()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        Offer offer = await framework.OfferAsync();
        await framework.AcceptAsync(offer, Tasks.Custom(offer, "t"));
        await framework.UpdateAsync("t", TaskState.TaskRunning);
        JsonElement state = await AskAsync(test.Cluster.MasterAddress, """{"type":"GET_STATE"}""", "get_state");
        state.GetProperty("get_tasks").GetProperty("tasks")[0].GetProperty("state").GetString().ShouldBe("TASK_RUNNING");
        state.GetProperty("get_agents").GetProperty("agents")[0].GetProperty("active").GetBoolean().ShouldBeTrue();
        state.GetProperty("get_executors").GetProperty("executors")[0].GetProperty("executor_info").GetProperty("executor_id").GetProperty("value").GetString()
            .ShouldBe("py");
        JsonElement tasks = await AskAsync(test.Cluster.AgentAddresses[0], """{"type":"GET_TASKS"}""", "get_tasks");
        tasks.GetProperty("launched_tasks")[0].GetProperty("task_id").GetProperty("value").GetString().ShouldBe("t");
        (await AskAsync(test.Cluster.MasterAddress, """{"type":"GET_HEALTH"}""", "get_health")).GetProperty("healthy").GetBoolean().ShouldBeTrue();
        (await AskAsync(test.Cluster.MasterAddress, """{"type":"GET_VERSION"}""", "get_version")).TryGetProperty("version_info", out _).ShouldBeTrue();
    }

    [Fact]
    public async Task ReadFile_OutsideOfSandboxes_IsRefused()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        Offer offer = await framework.OfferAsync();
        await framework.AcceptAsync(offer, Tasks.Command(offer, "t", "ln -s /etc/passwd leak; ln -s ../../../../.. up; echo 0123456789"));
        await framework.UpdateAsync("t", TaskState.TaskFinished);
        string run = $"/frameworks/{framework.Id.Value}/executors/t/runs/latest/";
        foreach (string path in (string[])["/etc/passwd", run + "leak", run + "../../../../../../../../etc/passwd", run + "up/../../meta/master/registry", "etc/passwd"])
        {
            (await PostAsync(test.Cluster.AgentAddresses[0], Read(path, 0))).IsSuccessStatusCode.ShouldBeFalse(path);
        }

        (await PostAsync(test.Cluster.AgentAddresses[0], Read(run + "missing", 0))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        JsonElement read = await AskAsync(test.Cluster.AgentAddresses[0], Read(run + "stdout", 3, 4), "read_file");
        read.GetProperty("size").GetInt64().ShouldBe(11);
        Encoding.UTF8.GetString(read.GetProperty("data").GetBytesFromBase64()).ShouldBe("3456");
        string real = Path.GetFullPath(new System.IO.FileInfo(Sandboxes.File(test, framework, "t", "stdout")).FullName);
        (await AskAsync(test.Cluster.AgentAddresses[0], Read(real, 0), "read_file")).GetProperty("size").GetInt64().ShouldBe(11);
    }

    private static string Read(string path, int offset, int? length = null) =>
        JsonSerializer.Serialize(new { type = "READ_FILE", read_file = length is null ? (object)new { path, offset } : new { path, offset, length } });

    private static async Task<JsonElement> AskAsync(Uri address, string call, string part)
    {
        using HttpResponseMessage answer = await PostAsync(address, call);
        string text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        answer.IsSuccessStatusCode.ShouldBeTrue(text);
        return JsonDocument.Parse(text).RootElement.GetProperty(part);
    }

    private static async Task<HttpResponseMessage> PostAsync(Uri address, string call)
    {
        using var http = new HttpClient();
        using var content = new StringContent(call, Encoding.UTF8, "application/json");
        return await http.PostAsync(new Uri(address, "api/v1"), content, TestContext.Current.CancellationToken);
    }
}
