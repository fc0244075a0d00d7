using System.Text.Json;
using System.Text.Json.Nodes;
using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduler.Tests.Api;

public sealed class JobApiTests
{
    private static readonly DateTimeOffset Start = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task List_Pages_GoThroughAllOnce()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await host.ApplyAsync("{kind: App, name: a}\n" + string.Concat(Enumerable.Range(0, 7).Select(i => $"---\n{{kind: Job, name: j{i}, app: a, script: ls}}\n")));
        foreach (string sort in new[] { "name", "-name", "nextDue", "-updatedAt" })
        {
            var names = new List<string>();
            string? cursor = null;
            do
            {
                (int status, JsonNode? body) = await host.GetAsync($"{ApiRoutes.Jobs}?limit=3&sort={sort}&cursor={cursor}".Replace("&cursor=&", "&").TrimEnd('='));
                if (cursor is null)
                {
                    (status, body) = await host.GetAsync($"{ApiRoutes.Jobs}?limit=3&sort={sort}");
                }

                status.ShouldBe(200);
                Page<JobAnswer> page = body.Deserialize(ApiJson.Default.PageJobAnswer)!;
                names.AddRange(page.Items.Select(j => j.Name));
                cursor = page.Next;
            }
            while (cursor is not null);
            string[] expected = [.. Enumerable.Range(0, 7).Select(i => $"j{i}")];
            names.ShouldBe(sort.StartsWith('-') ? expected.Reverse() : expected);
        }
    }

    [Theory]
    [InlineData("/api/v1/jobs?limit=0")]
    [InlineData("/api/v1/jobs?limit=x")]
    [InlineData("/api/v1/jobs?sort=color")]
    [InlineData("/api/v1/jobs?state=happy")]
    [InlineData("/api/v1/jobs?cursor=%21")]
    [InlineData("/api/v1/runs?cursor=abc")]
    [InlineData("/api/v1/runs?outcome=7")]
    [InlineData("/api/v1/runs?since=yesterday")]
    [InlineData("/api/v1/runs?job=-bad-")]
    [InlineData("/api/v1/events?after=x")]
    [InlineData("/api/v1/events?kind=nope")]
    [InlineData("/api/v1/statistics/runs?from=1h&to=2h")]
    [InlineData("/api/v1/statistics/runs?to=0001-01-01")]
    [InlineData("/api/v1/jobs?limits=1")]
    [InlineData("/api/v1/jobs/none/ledger?from=1h")]
    [InlineData("/api/v1/events/stream?access_token=x")]
    [InlineData("/api/v1/statistics/runs?from=2000-01-01&by=minute")]
    [InlineData("/api/v1/jobs/none/next")]
    [InlineData("/api/v1/jobs/none/runs")]
    [InlineData("/api/v1/jobs/none/ledger")]
    [InlineData("/api/v1/jobs/%2e%2e%2fx")]
    [InlineData("/api/v1/runs/none")]
    [InlineData("/api/v1/runs/none/tasks")]
    [InlineData("/api/v1/runs/none/tasks/t/log?offset=-1")]
    [InlineData("/api/v1/nowhere")]
    public async Task Get_BadInput_IsAProblemOf4xx(string path)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        (int status, JsonNode? body) = await host.GetAsync(path);
        status.ShouldBeInRange(400, 404, body?.ToJsonString());
        body.Deserialize(ApiJson.Default.Problem)!.Status.ShouldBe(status);
    }

    [Fact]
    public async Task Disable_Job_IsShownAndWhySaysSo()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await host.ApplyAsync("{kind: App, name: a}\n---\n{kind: Job, name: j, app: a, script: ls, schedule: '@daily'}");
        (await host.SendAsync(HttpMethod.Post, ApiRoutes.DisableJob("j"))).Status.ShouldBe(204);
        (_, JsonNode? disabled) = await host.GetAsync(ApiRoutes.Jobs + "?state=disabled");
        disabled!["items"]!.AsArray().Count.ShouldBe(1);
        (_, JsonNode? why) = await host.GetAsync(ApiRoutes.JobWhy("j"));
        why!["summary"]!.GetValue<string>().ShouldBe("The job is disabled.");
        (_, JsonNode? next) = await host.GetAsync(ApiRoutes.JobNext("j") + "?n=3");
        next!["times"]!.AsArray().Count.ShouldBe(3);
        next["note"]!.GetValue<string>().ShouldContain("disabled");
    }

    [Fact]
    public async Task Trigger_Job_AnswersTheRun()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await host.ApplyAsync("{kind: App, name: a}\n---\n{kind: Job, name: j, app: a, script: ls, shards: 2}");
        (int status, JsonNode? body) = await host.SendAsync(HttpMethod.Post, ApiRoutes.TriggerJob("j"), """{ "parameter": "p", "shards": [1] }""", "application/json");
        status.ShouldBe(202);
        string run = body!["run"]!.GetValue<string>();
        (_, JsonNode? shown) = await host.GetAsync(ApiRoutes.Run(run));
        shown!["parameter"]!.GetValue<string>().ShouldBe("p");
        shown["trigger"]!.GetValue<string>().ShouldBe("manual");
        shown["actor"]!.GetValue<string>().ShouldBe("local");
        (status, _) = await host.SendAsync(HttpMethod.Post, ApiRoutes.TriggerJob("j"));
        status.ShouldBe(202);
        await host.RefusedAsync(HttpMethod.Post, ApiRoutes.TriggerJob("none"), 404, ProblemCode.NotFound);
        await host.RefusedAsync(HttpMethod.Post, ApiRoutes.TriggerJob("j"), 422, ProblemCode.Invalid, """{ "shards": [2] }""");
        await host.RefusedAsync(HttpMethod.Post, ApiRoutes.TriggerJob("j"), 400, ProblemCode.BadRequest, """{ "shard": 2 }""");
        await host.RefusedAsync(HttpMethod.Post, ApiRoutes.TriggerJob("j"), 400, ProblemCode.BadRequest, """{ "shards": "x" }""");
        await host.RefusedAsync(HttpMethod.Post, ApiRoutes.KillRun("none"), 404, ProblemCode.NotFound);
        await host.RefusedAsync(HttpMethod.Post, ApiRoutes.DeclareLost(run), 400, ProblemCode.BadRequest);
        (status, _) = await host.SendAsync(HttpMethod.Post, ApiRoutes.DeclareLost(run), """{ "shard": 1 }""", "application/json");
        status.ShouldBe(202);
        (status, _) = await host.SendAsync(HttpMethod.Post, ApiRoutes.KillRun(run), """{ "shard": 1 }""", "application/json");
        status.ShouldBe(202);
    }

    [Fact]
    public async Task Runs_LiveAndStored_AreOneListAndLiveWins()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await StoreAsync(host, Created(1, "j@1"), Finished(2, "j@1"), Created(3, "j@2"));
        host.Loop.Put(Run("j@2", RunState.Running, 3));
        host.Loop.Put(Run("j@3", RunState.Ready, 4));

        (_, JsonNode? body) = await host.GetAsync(ApiRoutes.Runs + "?job=j");
        body.Deserialize(ApiJson.Default.PageRunAnswer)!.Items.Select(r => (r.Id, r.State)).ShouldBe(
            [("j@3", RunState.Ready), ("j@2", RunState.Running), ("j@1", RunState.Finished)]);
        (_, body) = await host.GetAsync(ApiRoutes.Runs + "?state=running");
        body.Deserialize(ApiJson.Default.PageRunAnswer)!.Items.Select(r => r.Id).ShouldBe(["j@2"]);
        (_, body) = await host.GetAsync(ApiRoutes.Run("j@1"));
        body!["outcome"]!.GetValue<string>().ShouldBe("succeeded");
        (_, body) = await host.GetAsync($"{ApiRoutes.RunStatistics}?from=2026-05-01T00:00:00Z&to=2026-05-02T00:00:00Z&job=j");
        body.Deserialize(ApiJson.Default.RunStatistics)!.Buckets.ShouldHaveSingleItem().Succeeded.ShouldBe(1);
    }

    [Fact]
    public async Task Ledger_RunThatIsNotFinished_TellsWhereItStands()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        SchedulerEvent[] events = [.. Enumerable.Range(1, 8).Select(i => Created(i, $"j@{i}")), Started(9, "j@4"), Started(10, "j@6"), Finished(11, "j@1"), Started(12, "j@7")];
        await StoreAsync(host, events);
        host.Loop.Put(Run("j@2", RunState.Waiting, 2));
        host.Loop.Put(Run("j@3", RunState.Ready, 3));
        host.Loop.Put(Run("j@4", RunState.Running, 4));
        host.Loop.Put(Run("j@5", RunState.Running, 5) with { StartedAt = Start.AddSeconds(6) });
        host.Loop.Put(Run("j@6", RunState.Finished, 6) with { StartedAt = Start.AddSeconds(10), Outcome = Outcome.Failed, Reason = "exit code 3" });

        // Of what the scheduler does not know any more the record is all there is: j@7 was started, j@8 was not.
        (_, JsonNode? body) = await host.GetAsync(ApiRoutes.JobLedger("j"));
        body!["items"]!.AsArray().Reverse().Select(e => ((string?)e!["run"], (string?)e["state"], (string?)e["outcome"])).ShouldBe([
            ("j@1", null, "succeeded"), ("j@2", "waiting", null), ("j@3", "ready", null), ("j@4", "running", null), ("j@5", "running", null),
            ("j@6", null, "failed"), ("j@7", "running", null), ("j@8", "ready", null),
        ]);
        JsonNode[] entries = [.. body["items"]!.AsArray().Reverse().Select(e => e!)];
        ((long?)entries[4]["latenessMs"]).ShouldBe(1000);
        ((string?)entries[5]["reason"]).ShouldBe("exit code 3");
    }

    [Fact]
    public async Task Events_Stream_GoesOnAfterTheLastSeen()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await StoreAsync(host, Created(1, "j@1"), Finished(2, "j@1"));
        (_, JsonNode? page) = await host.GetAsync(ApiRoutes.Events + "?after=1");
        page!["items"]!.AsArray().ShouldHaveSingleItem()!["kind"]!.GetValue<string>().ShouldBe("runFinished");

        using var request = new HttpRequestMessage(HttpMethod.Get, ApiRoutes.EventStream);
        request.Headers.Add("Last-Event-ID", "1");
        using HttpResponseMessage response = await host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        (await NextIdAsync(reader)).ShouldBe("id: 2");
        await StoreAsync(host, Created(3, "j@2"));
        (await NextIdAsync(reader)).ShouldBe("id: 3");

        await host.RefusedAsync(HttpMethod.Get, ApiRoutes.EventStream + "?kind=nope", 400, ProblemCode.BadRequest);
    }

    [Theory]
    [InlineData("", "one\ntwo\nthree\n")]
    [InlineData("?offset=4", "two\nthree\n")]
    [InlineData("?offset=99", "")]
    [InlineData("?tail=2", "two\nthree\n")]
    [InlineData("?tail=0", "")]
    [InlineData("?tail=9", "one\ntwo\nthree\n")]
    [InlineData("?follow=true", "one\ntwo\nthree\n")]
    public async Task Log_OfEndedTask_IsRead(string query, string expected)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        host.LogBytes = "one\ntwo\nthree\n"u8.ToArray();
        host.Loop.Put(Run("r", RunState.Finished, 1, TaskState.Finished));
        (await host.Client.GetStringAsync(ApiRoutes.TaskLog("r", "t") + query, TestContext.Current.CancellationToken)).ShouldBe(expected);
    }

    [Fact]
    public async Task Log_Followed_ArrivesWhileTheTaskRunsAndEndsWithIt()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        host.LogBytes = "one\n"u8.ToArray();
        host.Loop.Put(Run("r", RunState.Running, 1, TaskState.Running));
        using HttpResponseMessage response = await host.Client.GetAsync(ApiRoutes.TaskLog("r", "t") + "?follow=true", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        (await reader.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldBe("one");
        host.LogBytes = "one\ntwo\n"u8.ToArray();
        host.Loop.Put(Run("r", RunState.Finished, 1, TaskState.Finished));
        (await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).ShouldBe("two\n");
    }

    [Fact]
    public async Task Log_SandboxGone_FallsBackToTheLastLinesOrSaysSo()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        host.LogBytes = null;
        host.Loop.Put(Run("r", RunState.Finished, 1, TaskState.Failed, ["last words"]));
        (await host.Client.GetStringAsync(ApiRoutes.TaskLog("r", "t"), TestContext.Current.CancellationToken)).ShouldBe("last words\n");
        host.Loop.Put(Run("r", RunState.Finished, 1, TaskState.Failed));
        await host.RefusedAsync(HttpMethod.Get, ApiRoutes.TaskLog("r", "t"), 502, ProblemCode.LogUnavailable);
        await host.RefusedAsync(HttpMethod.Get, ApiRoutes.TaskLog("r", "other"), 404, ProblemCode.NotFound);
    }

    private static async Task<string> NextIdAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.StartsWith("id:", StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new EndOfStreamException();
    }

    private static ValueTask StoreAsync(ApiHost host, params SchedulerEvent[] events) => host.Events.WriteAsync(events, TestContext.Current.CancellationToken);

    private static SchedulerEvent Created(long sequence, string run) => new()
    {
        Sequence = sequence,
        At = Start.AddSeconds(sequence),
        Kind = EventKind.RunCreated,
        Job = "j",
        Version = 1,
        Run = run,
        Trigger = Trigger.Cron,
        DueAt = Start.AddSeconds(sequence),
        DueCount = 1,
        ShardCount = 1,
    };

    private static SchedulerEvent Started(long sequence, string run) => new()
    {
        Sequence = sequence,
        At = Start.AddSeconds(sequence),
        Kind = EventKind.RunStarted,
        Job = "j",
        Run = run,
    };

    private static SchedulerEvent Finished(long sequence, string run) => new()
    {
        Sequence = sequence,
        At = Start.AddSeconds(sequence),
        Kind = EventKind.RunFinished,
        Job = "j",
        Run = run,
        Outcome = Outcome.Succeeded,
    };

    private static RunView Run(string id, RunState state, int second, TaskState? task = null, IReadOnlyList<string>? lastLines = null) => new()
    {
        Id = id,
        Job = "j",
        Version = 1,
        Trigger = Trigger.Cron,
        DueAt = Start.AddSeconds(second),
        CreatedAt = Start.AddSeconds(second),
        State = state,
        Shards = task is null ? [] :
        [
            new ShardView
            {
                Item = 0,
                State = ShardState.Active,
                Task = new TaskView { Id = "t", Run = id, Job = "j", Shard = 0, Attempt = 1, State = task.Value, Sandbox = "/s", Log = "t.log", AgentAddress = "127.0.0.1:1", LastLines = lastLines },
            },
        ],
    };
}
