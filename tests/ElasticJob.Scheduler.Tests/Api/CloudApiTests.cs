using System.Net;
using System.Text.Json.Nodes;
using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduling.Definitions;

namespace ElasticJob.Scheduler.Tests.Api;

/// <summary>The API of ElasticJob Cloud: what its members become, and what is refused with which reason.</summary>
public sealed class CloudApiTests
{
    private const string Job = """{"appName":"a","cpuCount":0.1,"memoryMB":64.0,"jobExecutionType":"TRANSIENT","jobName":"j","cron":"0/5 * * * * ?","shardingTotalCount":2""";

    [Fact]
    public async Task Register_EveryMember_BecomesItsPartOfTheDefinition()
    {
        await using ApiHost host = await WithAppAsync();
        await DoneAsync(host, HttpMethod.Post, "/api/job/register", Job +
            ""","shardingItemParameters":"0=Beijing, 1=a=b","jobParameter":"p","failover":true,"misfire":true,"description":"d","jobType":"DATAFLOW","jobClass":"C","streamingProcess":true}""");
        JobDefinition job = host.Loop.FindJob(new JobName("j"))!.Definition;
        job.Work.ShouldBe(new ClassWork("C", Streaming: true));
        job.Schedule.ShouldBe(["0/5 * * * * ?"]);
        job.ShardParameters.ShouldBe(new SortedDictionary<int, string> { [0] = "Beijing", [1] = "a=b" });
        (job.Parameter, job.Description, job.Mode, job.ShardCount, job.Resources).ShouldBe(("p", "d", JobMode.Transient, 2, Resources.Of(0.1, 64)));
        (job.Policy.Misfire, job.Policy.Failover, job.Policy.Launch, job.Policy.Overlap)
            .ShouldBe((MisfirePolicy.FireAll, true, LaunchPolicy.AllShards, OverlapPolicy.QueueAll));
        (await host.GetAsync("/api/job/jobs/j")).Body!.ToJsonString().ShouldBe(
            """{"jobName":"j","appName":"a","jobClass":"C","jobType":"DATAFLOW","jobExecutionType":"TRANSIENT","cron":"0/5 * * * * ?","shardingTotalCount":2"""
            + ""","shardingItemParameters":"0=Beijing,1=a=b","jobParameter":"p","cpuCount":0.1,"memoryMB":64,"failover":true,"misfire":true,"streamingProcess":true"""
            + ""","scriptCommandLine":"","description":"d","disabled":false,"props":{"streaming.process":"true"}}""");
    }

    [Fact]
    public async Task Register_WithoutTheOptionalMembers_HasElasticJobCloudsDefaults()
    {
        await using ApiHost host = await WithAppAsync();
        await DoneAsync(host, HttpMethod.Post, "/api/job/register", Job + "}");
        JobDefinition job = host.Loop.FindJob(new JobName("j"))!.Definition;
        job.Work.ShouldBe(new ClassWork("j"));
        (job.Policy.Misfire, job.Policy.Failover, job.Policy.Overlap).ShouldBe((MisfirePolicy.FireOnce, false, OverlapPolicy.QueueOne));
    }

    [Theory]
    [InlineData("""{"jobType":"SCRIPT","scriptCommandLine":"bin/run.sh -x"}""", "bin/run.sh -x")]
    [InlineData("""{"scriptCommandLine":"a"}""", "a")]
    [InlineData("""{"props":{"script.command.line":"b"}}""", "b")]
    [InlineData("""{"props":"{\"script.command.line\":\"c\"}"}""", "c")]
    public async Task Register_ScriptInEachSpelling_IsAScript(string members, string line)
    {
        await using ApiHost host = await WithAppAsync();
        await DoneAsync(host, HttpMethod.Post, "/api/job/register", Job + "," + members[1..]);
        host.Loop.FindJob(new JobName("j"))!.Definition.Work.ShouldBe(new ScriptWork { Command = line });
    }

    [Fact]
    public async Task Register_HttpJob_SendsTheRequest()
    {
        await using ApiHost host = await WithAppAsync();
        await DoneAsync(host, HttpMethod.Post, "/api/job/register", Job +
            ""","props":{"http.uri":"http://h/x","http.method":"PUT","http.data":"d","http.content.type":"text/plain","http.read.timeout.milliseconds":"2000"}}""");
        HttpWork work = host.Loop.FindJob(new JobName("j"))!.Definition.Work.ShouldBeOfType<HttpWork>();
        (work.Url, work.Method, work.Body, work.Headers!["Content-Type"], work.Timeout).ShouldBe(("http://h/x", "PUT", "d", "text/plain", TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public async Task Register_DaemonInLenientJson_IsResidentAndTellsWhatMeansNothing()
    {
        await using ApiHost host = await WithAppAsync();
        using HttpResponseMessage response = await SendAsync(host, HttpMethod.Post, "/api/job/register",
            Job.Replace("TRANSIENT", "daemon", StringComparison.Ordinal) + ", monitorExecution=true, \"props\":{\"mine\":\"1\"}}");
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Headers.GetValues("ElasticJob-Unused").ShouldBe(["monitorExecution, props.mine"]);
        host.Loop.FindJob(new JobName("j"))!.Definition.Mode.ShouldBe(JobMode.Resident);
    }

    [Fact]
    public async Task Update_ReplacesTheMembersAndKeepsWhatOnlyThisPlatformKnows()
    {
        await using ApiHost host = await WithAppAsync();
        await host.ApplyAsync(
            """
            kind: Job
            name: j
            app: a
            script: { program: ls, arguments: [ -l ] }
            schedule: [ "0 0 1 * * ?", "0 0 2 * * ?" ]
            timeZone: Europe/Berlin
            priority: 7
            policy: { retry: { attempts: 3 } }
            """);
        JsonObject shown = (await host.GetAsync("/api/job/jobs/j")).Body!.AsObject();
        shown["jobParameter"] = "new";
        await DoneAsync(host, HttpMethod.Put, "/api/job/update", shown.ToJsonString());
        JobDefinition job = host.Loop.FindJob(new JobName("j"))!.Definition;
        job.Schedule.Count.ShouldBe(2);
        job.Work.ShouldBeOfType<ScriptWork>().Arguments.ShouldBe(["-l"]);
        (job.Parameter, job.TimeZone, job.Priority, job.Policy.Retry.Attempts).ShouldBe(("new", "Europe/Berlin", 7, 3));
    }

    [Theory]
    [InlineData("POST", "/api/job/register", """{"jobName":"j"}""", 422, "appName: is missing; jobExecutionType: is missing; shardingTotalCount: is missing; cpuCount: is missing; memoryMB: is missing")]
    [InlineData("POST", "/api/job/register", """{"appName":"none","cpuCount":1,"memoryMB":1,"jobExecutionType":"TRANSIENT","jobName":"x","shardingTotalCount":1}""", 422, "appName: there is no app 'none'")]
    [InlineData("POST", "/api/job/register", """{"appName":"a","cpuCount":1,"memoryMB":1,"jobExecutionType":"TRANSIENT","jobName":"x","shardingTotalCount":1,"cron":"0 0 25 * * ?"}""", 422, "cron: ")]
    [InlineData("POST", "/api/job/register", """{"appName":"a","cpuCount":0.0001,"memoryMB":0.5,"jobExecutionType":"SOMETIMES","jobName":"x","shardingTotalCount":0,"shardingItemParameters":"a"}""", 422, "jobExecutionType: 'SOMETIMES' is none of TRANSIENT, DAEMON; shardingTotalCount: '0' must be a number of at least 1; shardingItemParameters: 'a'")]
    [InlineData("POST", "/api/job/register", """{"appName":"a","cpuCount":1,"memoryMB":1,"jobExecutionType":"TRANSIENT","jobName":"x","shardingTotalCount":1,"shardingItemParameters":"1=b"}""", 422, "shardingItemParameters: there is no shard 1")]
    [InlineData("POST", "/api/job/register", """{"appName":"a","cpuCount":1,"memoryMB":1,"jobExecutionType":"TRANSIENT","jobName":"x","shardingTotalCount":1,"failOver":true}""", 422, "failOver: is not known here; did you mean 'failover'?")]
    [InlineData("POST", "/api/job/register", "[]", 400, "The body must be a JSON object.")]
    [InlineData("POST", "/api/job/register", "{{{", 400, "The body is not JSON")]
    [InlineData("POST", "/api/job/register", """{"jobName":{"a":1}}""", 400, "jobName: must be text.")]
    [InlineData("POST", "/api/job/register", """{"jobName":"known"}""", 409, "jobName: job 'known' exists already")]
    [InlineData("PUT", "/api/job/update", """{"jobName":"none"}""", 404, "jobName: there is no job 'none'")]
    [InlineData("DELETE", "/api/job/deregister", "none", 404, "")]
    [InlineData("DELETE", "/api/job/none/deregister", "", 404, "")]
    [InlineData("POST", "/api/job/trigger", "none", 404, "")]
    [InlineData("POST", "/api/job/trigger", "", 400, "The body must be the name of a job.")]
    [InlineData("POST", "/api/job/trigger", "\"\\", 400, "The body must be the name of a job, with or without quotes.")]
    [InlineData("POST", "/api/job/none/disable", "", 404, "")]
    [InlineData("GET", "/api/job/none/disable", "", 404, "There is no job 'none'.")]
    [InlineData("GET", "/api/job/jobs/none", "", 404, "There is no job 'none'.")]
    [InlineData("POST", "/api/app", """{"appName":"a","appURL":"x","bootstrapScript":"y"}""", 409, "appName: app 'a' exists already")]
    [InlineData("POST", "/api/app", """{"appName":"b","cpuCount":"many"}""", 422, "appURL: is missing; bootstrapScript: is missing; cpuCount: 'many' must be a number of at least 0")]
    [InlineData("POST", "/api/app", """{"appName":"b","appURL":"/no/such/file.tar.gz","bootstrapScript":"y"}""", 422, "appURL: There is no file or folder")]
    [InlineData("PUT", "/api/app", """{"appName":"none"}""", 404, "appName: there is no app 'none'")]
    [InlineData("DELETE", "/api/app/none", "", 404, "There is no app 'none'.")]
    [InlineData("GET", "/api/job/events/executions?page=0", "", 400, "page: '0' must be a number from 1 on.")]
    [InlineData("GET", "/api/job/events/executions?sort=nothing", "", 400, "'nothing' is none of")]
    [InlineData("GET", "/api/job/events/executions?isSuccess=perhaps", "", 400, "'perhaps' is neither true nor false.")]
    [InlineData("GET", "/api/job/events/statusTraces?startTime=yesterday", "", 400, "startTime: 'yesterday' is not a time")]
    [InlineData("GET", "/api/job/statistics/tasks/results/never", "", 404, "There is no period 'never'")]
    [InlineData("GET", "/api/operate/sandbox", "", 400, "appName: is missing.")]
    [InlineData("GET", "/api/operate/sandbox?appName=none", "", 404, "There is no app 'none'.")]
    public async Task Refusal_IsA4xxWithItsReason(string method, string path, string body, int status, string reason)
    {
        await using ApiHost host = await WithAppAsync();
        await host.ApplyAsync("{kind: Job, name: known, app: a, class: k}");
        (int actual, JsonNode? problem) = await host.SendAsync(new HttpMethod(method), path, body.Length == 0 ? null : body, "application/json");
        actual.ShouldBe(status, problem?.ToJsonString());
        problem!["detail"]!.GetValue<string>().ShouldStartWith(reason);
        host.Loop.Jobs().Count().ShouldBe(1);
    }

    [Fact]
    public async Task App_Life_InBothSpellings()
    {
        await using ApiHost host = await WithAppAsync();
        await host.ApplyAsync("{kind: Job, name: j, app: a, script: ls}");
        using HttpResponseMessage put = await SendAsync(host, HttpMethod.Put, "/api/app", """{"appName":"a","appCacheEnable":false,"memoryMB":200}""");
        put.Headers.GetValues("ElasticJob-Unused").ShouldBe(["appCacheEnable"]);
        (await host.GetAsync("/api/app/a")).Body!.ToJsonString().ShouldBe(
            """{"appName":"a","appURL":"","bootstrapScript":"./a","cpuCount":0.1,"memoryMB":200,"appCacheEnable":true,"eventTraceSamplingCount":0}""");
        foreach ((HttpMethod method, string path, bool disabled) in new[]
        {
            (HttpMethod.Post, "/api/app/a/disable", true), (HttpMethod.Post, "/api/app/a/enable", false),
            (HttpMethod.Post, "/api/app/a/disable", true), (HttpMethod.Delete, "/api/app/a/disable", false),
        })
        {
            await DoneAsync(host, method, path, null);
            (await host.GetAsync("/api/app/a/disable")).Body!.GetValue<bool>().ShouldBe(disabled);
        }

        await DoneAsync(host, HttpMethod.Post, "/api/job/j/disable", null);
        (await host.GetAsync("/api/job/j/disable")).Body!.GetValue<bool>().ShouldBeTrue();
        await DoneAsync(host, HttpMethod.Delete, "/api/job/j/disable", null);
        (await host.GetAsync("/api/job/j/disable")).Body!.GetValue<bool>().ShouldBeFalse();
        (await host.GetAsync("/api/job/statistics/jobs/type")).Body!.ToJsonString().ShouldBe("""{"scriptJobCount":1,"simpleJobCount":0,"dataflowJobCount":0,"httpJobCount":0}""");
        (await host.GetAsync("/api/job/statistics/jobs/executionType")).Body!.ToJsonString().ShouldBe("""{"transientJobCount":1,"daemonJobCount":0}""");
        (await host.GetAsync("/api/job/statistics/jobs/register")).Body!.ToJsonString().ShouldBe("""[{"registeredCount":1,"statisticsTime":"1970-01-01T00:00:00Z"}]""");
        (await host.GetAsync("/api/job/events/executions")).Body!.ToJsonString().ShouldBe("""{"total":0,"rows":[]}""");
        (await host.GetAsync("/api/job/statistics/tasks/running?since=lastWeek")).Body!.AsArray().Count.ShouldBeInRange(168, 169);
        await DoneAsync(host, HttpMethod.Delete, "/api/app/a", null);
        (await host.GetAsync("/api/app/list")).Body!.ToJsonString().ShouldBe("[]");
        (await host.GetAsync("/api/job/jobs")).Body!.ToJsonString().ShouldBe("[]");
    }

    [Theory]
    [InlineData("""{"username":"root"}""", 400)]
    [InlineData("""{"username":"root","password":"wrong"}""", 401)]
    [InlineData("not json", 400)]
    public async Task Login_WithoutTheRightPassword_IsRefused(string body, int status)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        (int actual, _) = await host.SendAsync(HttpMethod.Post, "/api/login", body, "application/json", r => r.Headers.Authorization = null);
        actual.ShouldBe(status);
    }

    [Fact]
    public async Task AccessToken_OfALogin_OpensBothApis_AndOthersDoNot()
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        using HttpResponseMessage added = await host.Local.PostAsync(
            "/api/v1/users", Json($$"""{"name":"root","role":"operator","password":"{{PlatformHost.Password}}"}"""), TestContext.Current.CancellationToken);
        added.StatusCode.ShouldBe(HttpStatusCode.Created);
        HttpClient anonymous = host.Anonymous();
        using HttpResponseMessage answer = await anonymous.PostAsync(
            "/api/login", Json($$"""{"username":"root","password":"{{PlatformHost.Password}}"}"""), TestContext.Current.CancellationToken);
        string token = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["accessToken"]!.GetValue<string>();
        foreach ((HttpMethod method, string path, HttpStatusCode status) in new[]
        {
            (HttpMethod.Get, "/api/job/jobs", HttpStatusCode.OK), (HttpMethod.Get, ApiRoutes.Jobs, HttpStatusCode.OK),
            (HttpMethod.Post, "/api/job/none/disable", HttpStatusCode.NotFound), (HttpMethod.Delete, "/api/job/none/deregister", HttpStatusCode.Forbidden),
        })
        {
            (await StatusAsync(anonymous, method, path, token)).ShouldBe(status, path);
            (await StatusAsync(anonymous, method, path, token + "x")).ShouldBe(HttpStatusCode.Unauthorized, path);
            (await StatusAsync(anonymous, method, path, null)).ShouldBe(HttpStatusCode.Unauthorized, path);
        }
    }

    private static StringContent Json(string text) => new(text, System.Text.Encoding.UTF8, "application/json");

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, HttpMethod method, string path, string? accessToken)
    {
        using var request = new HttpRequestMessage(method, path);
        if (accessToken is not null)
        {
            request.Headers.Add("accessToken", accessToken);
        }

        using HttpResponseMessage response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    private static async Task<ApiHost> WithAppAsync()
    {
        ApiHost host = await ApiHost.StartAsync();
        await host.ApplyAsync("{kind: App, name: a, command: ./a}");
        return host;
    }

    private static async Task DoneAsync(ApiHost host, HttpMethod method, string path, string? body)
    {
        using HttpResponseMessage response = await SendAsync(host, method, path, body);
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        response.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        text.ShouldBe("");
    }

    private static async Task<HttpResponseMessage> SendAsync(ApiHost host, HttpMethod method, string path, string? body)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        }

        return await host.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
