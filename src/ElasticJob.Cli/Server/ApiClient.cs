using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;

namespace ElasticJob.Cli.Server;

/// <summary>The scheduler's REST API as the commands use it: JSON in and out, refusals as <see cref="CliException"/>.</summary>
internal sealed class ApiClient : IDisposable
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(60);
    private readonly HttpClient http;
    private readonly ServerAddress server;

    /// <param name="server">Which scheduler is asked, and as whom.</param>
    /// <param name="own">The PEM file of the certificate that this very program shows there: it is trusted whoever signed it and whatever name it has.</param>
    public ApiClient(ServerAddress server, string? own = null)
    {
        this.server = server;
        var handler = new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5), UseCookies = false };
        if (own is not null)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, errors) =>
                errors == SslPolicyErrors.None || (shown is not null && IsOwn(shown, own));
        }

        http = new HttpClient(handler)
        {
            BaseAddress = server.Address,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        http.DefaultRequestHeaders.Accept.ParseAdd("application/json");
        http.DefaultRequestHeaders.UserAgent.ParseAdd("elasticjob-cli");
        if (server.Token is { } token)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
        else if (server.Session is { } session)
        {
            http.DefaultRequestHeaders.Add("Cookie", session.Cookie);
            http.DefaultRequestHeaders.Add("X-CSRF-Token", session.Csrf);
        }
    }

    public Uri Address => server.Address;

    private static bool IsOwn(X509Certificate shown, string file)
    {
        using X509Certificate2 own = X509Certificate2.CreateFromPem(File.ReadAllText(file));
        return own.RawDataMemory.Span.SequenceEqual(shown.GetRawCertData());
    }

    public Task<JsonNode?> GetAsync(string path, CancellationToken cancellationToken) => SendAsync(HttpMethod.Get, path, null, cancellationToken);

    /// <summary>Like <see cref="GetAsync"/>; <see langword="null"/> when there is no such thing.</summary>
    public async Task<JsonNode?> FindAsync(string path, CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await ExchangeAsync(HttpMethod.Get, path, null, cancellationToken);
        return answer.StatusCode == HttpStatusCode.NotFound ? null : await ReadAsync(answer, cancellationToken);
    }

    public async Task<JsonNode?> SendAsync(HttpMethod method, string path, JsonNode? body, CancellationToken cancellationToken)
    {
        using StringContent? content = body is null ? null : new StringContent(body.ToJsonString(Json.Relaxed), Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await ExchangeAsync(method, path, content, cancellationToken);
        return await ReadAsync(answer, cancellationToken);
    }

    /// <summary>Begins a session, or replaces the one in use.</summary>
    /// <returns>The answer, and the cookie as it is sent back.</returns>
    public async Task<(JsonNode? Answer, string? Cookie)> SignInAsync(HttpMethod method, string path, JsonNode body, CancellationToken cancellationToken)
    {
        using var content = new StringContent(body.ToJsonString(Json.Relaxed), Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await ExchangeAsync(method, path, content, cancellationToken);
        JsonNode? read = await ReadAsync(answer, cancellationToken);
        return (read, answer.Headers.TryGetValues("Set-Cookie", out IEnumerable<string>? cookies) ? cookies.First().Split(';')[0] : null);
    }

    /// <summary>Posts a text that is not JSON, such as definitions in YAML.</summary>
    public async Task<JsonNode?> PostTextAsync(string path, string text, string mediaType, CancellationToken cancellationToken)
    {
        using var content = new StringContent(text, Encoding.UTF8, mediaType);
        using HttpResponseMessage answer = await ExchangeAsync(HttpMethod.Post, path, content, cancellationToken);
        return await ReadAsync(answer, cancellationToken);
    }

    /// <summary>All items of a paged list, up to <paramref name="most"/>.</summary>
    public async Task<JsonArray> ListAsync(string path, int most, CancellationToken cancellationToken)
    {
        var all = new JsonArray();
        string? cursor = null;
        do
        {
            string page = cursor is null ? path : $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}cursor={Uri.EscapeDataString(cursor)}";
            JsonNode? answer = await GetAsync(page, cancellationToken);
            JsonArray items = answer as JsonArray ?? answer.Member("items") as JsonArray ?? [];
            foreach (JsonNode? item in items)
            {
                if (all.Count == most)
                {
                    return all;
                }

                all.Add(item?.DeepClone());
            }

            cursor = answer.Text("next");
        }
        while (cursor is { Length: > 0 });

        return all;
    }

    /// <summary>What time it is there, to the second, as its answers say.</summary>
    public async Task<DateTimeOffset?> ClockAsync(CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await ExchangeAsync(HttpMethod.Get, "healthz/live", null, cancellationToken);
        return answer.Headers.Date;
    }

    /// <summary>Copies a text line by line to <paramref name="write"/>, for as long as the server sends.</summary>
    public async Task ReadLinesAsync(string path, Func<string, Task> write, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("text/plain");
        try
        {
            using HttpResponseMessage answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!answer.IsSuccessStatusCode)
            {
                throw await RefusalAsync(answer, cancellationToken);
            }

            using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellationToken), Encoding.UTF8);
            while (await reader.ReadLineAsync(cancellationToken) is { } line)
            {
                await write(line);
            }
        }
        catch (HttpRequestException e)
        {
            throw Unreachable(e);
        }
        catch (IOException)
        {
            throw new CliException(ExitCode.Unreachable, $"{Shown} broke off in the middle of the text. Look whether the platform is still up.");
        }
    }

    public void Dispose() => http.Dispose();

    private async Task<HttpResponseMessage> ExchangeAsync(
        HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(AnswerTimeout);
        try
        {
            return await http.SendAsync(request, patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CliException(ExitCode.Unreachable, $"{Shown} did not answer within {AnswerTimeout.TotalSeconds:0} s. Look at its log, then try again.");
        }
        catch (HttpRequestException e)
        {
            throw Unreachable(e);
        }
    }

    private string Shown => server.Address.AbsoluteUri.TrimEnd('/');

    private CliException Unreachable(HttpRequestException e)
    {
        string what = e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused } || e.HttpRequestError == HttpRequestError.ConnectionError
            ? $"Nothing answers at {Shown}."
            : $"{Shown} cannot be reached: {(e.InnerException ?? e).Message}.";
        return new CliException(
            ExitCode.Unreachable,
            $"{what} Start the platform with 'elasticjob up', or name the scheduler with --server URL or ELASTICJOB_SERVER.",
            null,
            e);
    }

    private async Task<JsonNode?> ReadAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        if (!answer.IsSuccessStatusCode)
        {
            throw await RefusalAsync(answer, cancellationToken);
        }

        byte[] bytes = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
        if (bytes.Length == 0)
        {
            return null;
        }

        try
        {
            return JsonNode.Parse(bytes);
        }
        catch (JsonException)
        {
            throw new CliException(ExitCode.Unreachable, $"{Shown} answered something that is not JSON; is it an ElasticJob scheduler?");
        }
    }

    private async Task<CliException> RefusalAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        byte[] bytes = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
        JsonNode? problem = null;
        try
        {
            problem = bytes.Length == 0 ? null : JsonNode.Parse(bytes);
        }
        catch (JsonException)
        {
            // Something between us and the scheduler answered; its status line is all there is.
        }

        return Problem.ToException(answer.StatusCode, problem, Shown);
    }
}
