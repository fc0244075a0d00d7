using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace ElasticJob.EndToEnd.Tests.Support;

/// <summary>The REST API as any HTTP client sees it.</summary>
internal sealed class Api : IDisposable
{
    public Api(Uri address, string token)
    {
        Address = address;
        Token = token;
        Http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(60) };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public Uri Address { get; }

    public string Token { get; }

    public HttpClient Http { get; }

    public async Task<JsonElement> GetAsync(string path)
    {
        using HttpResponseMessage answer = await Http.GetAsync(path, TestContext.Current.CancellationToken);
        string body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        answer.IsSuccessStatusCode.ShouldBeTrue($"GET {path}: {(int)answer.StatusCode} {body}");
        return JsonElement.Parse(body);
    }

    public async Task<JsonElement> PostAsync(string path, object? body = null)
    {
        using HttpResponseMessage answer = await Http.PostAsJsonAsync(path, body ?? new { }, TestContext.Current.CancellationToken);
        string text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        answer.IsSuccessStatusCode.ShouldBeTrue($"POST {path}: {(int)answer.StatusCode} {text}");
        return text.Length == 0 ? default : JsonElement.Parse(text);
    }

    /// <summary>Status and body, whatever they are.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Body)> TryAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using HttpResponseMessage answer = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        string text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return (answer.StatusCode, text.StartsWith('{') ? JsonElement.Parse(text) : default);
    }

    /// <summary>The items of a list, or of the first page of one.</summary>
    public async Task<JsonElement[]> ListAsync(string path)
    {
        JsonElement answer = await GetAsync(path);
        return [.. (answer.ValueKind == JsonValueKind.Array ? answer : answer.GetProperty("items")).EnumerateArray()];
    }

    public Task<JsonElement> RunAsync(string run) => GetAsync($"api/v1/runs/{Uri.EscapeDataString(run)}");

    /// <summary>Waits for the end of a run.</summary>
    public Task<JsonElement> EndOfAsync(string run) => Until.Async(() => RunAsync(run), r => r.Text("outcome") is not null, $"the end of {run}");

    /// <summary>Waits until a job has as many finished runs as wanted; oldest first.</summary>
    public async Task<JsonElement[]> FinishedAsync(string job, int count, Func<JsonElement, bool>? which = null)
    {
        JsonElement[] runs = await Until.Async(
            async () => (await ListAsync($"api/v1/jobs/{job}/runs?limit=100")).Where(r => r.Text("outcome") is not null && (which?.Invoke(r) ?? true)).ToArray(),
            finished => finished.Length >= count,
            $"{count} finished runs of {job}");
        return [.. runs.Reverse()];
    }

    public Task<JsonElement[]> TasksAsync(string run) => ListAsync($"api/v1/runs/{Uri.EscapeDataString(run)}/tasks?limit=100");

    /// <summary>Waits until every shard of a run is at the gate.</summary>
    public Task<JsonElement> AtGateAsync(string run, int shards = 1, int attempt = 1) => Until.Async(
        () => RunAsync(run),
        r => r.GetProperty("shards").EnumerateArray().Count(s =>
            s.TryGetProperty("task", out JsonElement task) && task.Text("progressText") is "at the gate" or "hanging"
            && task.GetProperty("attempt").GetInt32() >= attempt && task.Text("endedAt") is null) == shards,
        $"{shards} shards of {run} at the gate");

    public void Dispose() => Http.Dispose();
}

/// <summary>Reads JSON.</summary>
internal static class JsonReading
{
    /// <summary>A text, or null if it is not there.</summary>
    public static string? Text(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value.ToString() : null;
}
