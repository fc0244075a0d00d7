using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace ElasticJob.Local.Tests;

public sealed class SchedulerApiTests
{
    private const string Subscribe = """{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"u","name":"n"}}}""";

    [Theory]
    [InlineData("application/json", "{", null, 400, "Failed to parse body")]
    [InlineData("application/json", """{"type":"SUBSCRIBE"}""", null, 400, "'subscribe'")]
    [InlineData("application/json", """{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"u"}}}""", null, 400, "required")]
    [InlineData("application/json", """{"type":"TEARDOWN"}""", null, 400, "'framework_id'")]
    [InlineData("application/json", """{"framework_id":{"value":"x"}}""", null, 400, "'type'")]
    [InlineData("application/json", """{"type":"TEARDOWN","framework_id":{"value":"x"}}""", null, 400, "Framework cannot be found")]
    [InlineData("application/json", Subscribe, "text/html", 406, "Accept")]
    [InlineData("text/plain", Subscribe, null, 415, "Content-Type")]
    [InlineData(null, Subscribe, null, 400, "Content-Type")]
    [InlineData("application/x-protobuf", "nonsense", null, 400, "Failed to parse body")]
    public async Task Post_BadCall_IsRefusedWithReason(string? contentType, string body, string? accept, int status, string reason)
    {
        await using TestCluster test = await TestCluster.StartAsync();
        (HttpStatusCode Status, string Text) answer = await PostAsync(test, contentType, body, accept);
        ((int)answer.Status).ShouldBe(status, answer.Text);
        answer.Text.ShouldContain(reason);
    }

    [Fact]
    public async Task Get_Scheduler_IsNotAllowed()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        using var http = new HttpClient();
        using HttpResponseMessage get = await http.GetAsync(new Uri(test.Cluster.MasterAddress, "api/v1/scheduler"), TestContext.Current.CancellationToken);
        get.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        using HttpResponseMessage nowhere = await http.GetAsync(new Uri(test.Cluster.MasterAddress, "nowhere"), TestContext.Current.CancellationToken);
        nowhere.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using HttpResponseMessage health = await http.GetAsync(new Uri(test.Cluster.MasterAddress, "health"), TestContext.Current.CancellationToken);
        health.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Call_WithWrongOrNoStreamId_IsRefused()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        var revive = new SchedulerCallBuilder(framework.Id).Revive();
        (await framework.PostAsync(revive, null)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await framework.PostAsync(revive, "another")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await framework.PostAsync(revive, framework.StreamId)).StatusCode.ShouldBe(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task Subscribe_WhereCredentialsAreAsked_NeedsThem()
    {
        await using TestCluster test = await TestCluster.StartAsync(options => options with { Credentials = [new ClusterCredential("jobs", "s3cret")] });
        (await PostAsync(test, "application/json", Subscribe, null)).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await PostAsync(test, "application/json", Subscribe, null, "jobs:wrong")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await PostAsync(test, "application/json", Subscribe, null, "jobs:s3cret")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Subscribe_WithPrincipalOfSomebodyElse_GetsError()
    {
        await using TestCluster test = await TestCluster.StartAsync(options => options with { Credentials = [new ClusterCredential("jobs", "s3cret")] });
        const string Other = """{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"u","name":"n","principal":"admin"}}}""";
        (await PostAsync(test, "application/json", Other, "application/json", "jobs:s3cret")).Text.ShouldContain("does not match the authenticated principal");
    }

    private static async Task<(HttpStatusCode Status, string Text)> PostAsync(TestCluster test, string? contentType, string body, string? accept, string? basic = null)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(test.Cluster.MasterAddress, "api/v1/scheduler"))
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)),
        };
        request.Content.Headers.ContentType = contentType is null ? null : new MediaTypeHeaderValue(contentType);
        if (accept is not null)
        {
            request.Headers.Accept.ParseAdd(accept);
        }

        if (basic is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(basic)));
        }

        using HttpResponseMessage answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        if (answer.StatusCode != HttpStatusCode.OK || body.Contains("principal", StringComparison.Ordinal))
        {
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }

        return (answer.StatusCode, "");
    }
}
