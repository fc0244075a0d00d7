using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace ElasticJob.Scheduler.Tests.Api;

/// <summary>What an address answered.</summary>
internal sealed record Called(int Status, string Text, HttpResponseHeaders Headers, string? MediaType)
{
    public JsonNode Body => JsonNode.Parse(Text)!;

    public string? Code => MediaType == "application/problem+json" ? Body["code"]!.GetValue<string>() : null;

    public string this[string member] => Body[member]!.GetValue<string>();

    public Called Is(int status, string? code = null)
    {
        (Status, Code).ShouldBe((status, code ?? Code), Text);
        return this;
    }
}

/// <summary>Calls with JSON.</summary>
internal static class Calling
{
    public static Task<Called> AskAsync(this HttpClient client, string path, Action<HttpRequestMessage>? change = null) => client.CallAsync(HttpMethod.Get, path, null, change);

    public static Task<Called> PostAsync(this HttpClient client, string path, string body, Action<HttpRequestMessage>? change = null) =>
        client.CallAsync(HttpMethod.Post, path, body, change);

    public static async Task<Called> CallAsync(
        this HttpClient client, HttpMethod method, string path, string? body, Action<HttpRequestMessage>? change = null, string type = "application/json")
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, type);
        }

        change?.Invoke(request);
        using HttpResponseMessage answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

        // A stream of events has no end to read to.
        string text = answer.Content.Headers.ContentType?.MediaType == "text/event-stream" ? "" : await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new Called((int)answer.StatusCode, text, answer.Headers, answer.Content.Headers.ContentType?.MediaType);
    }
}
