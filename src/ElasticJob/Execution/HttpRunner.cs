using System.Globalization;
using System.Text;
using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Reports;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Execution;

/// <summary>Sends the request of an HTTP job; any answer outside the success range is a failure.</summary>
internal sealed class HttpRunner(TimeProvider time)
{
    private const string Category = "Http";
    private const int LoggedBody = 2048;

    private readonly HttpMessageInvoker http = new(new SocketsHttpHandler
    {
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(15),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        ActivityHeadersPropagator = null,
    });

    public async Task<TaskFailure?> RunAsync(HttpWork work, ShardingContext context, TaskRoom room, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(work.Url, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
        {
            return Failures.Of(FailureKind.InvalidOrder, $"'{work.Url}' is not an absolute http or https address.");
        }

        if (!TryReadRange(work.SuccessStatus, out int lowest, out int highest))
        {
            return Failures.Of(FailureKind.InvalidOrder, $"'{work.SuccessStatus}' is not a range of status codes such as 200-299.");
        }

        var headers = new Dictionary<string, string>(work.Headers ?? new Dictionary<string, string>(), StringComparer.OrdinalIgnoreCase);
        foreach ((string name, ValueReference reference) in work.ReferencedHeaders ?? new Dictionary<string, ValueReference>())
        {
            if (!ReferencedValue.TryReadLine(reference, out string? value, out string? fault))
            {
                return Failures.Of(FailureKind.InvalidOrder, $"The header {name} cannot be sent: {fault}");
            }

            headers[name] = value;
        }

        string? body = work.Body;
        if (work.ReferencedBody is { } found && !ReferencedValue.TryRead(found, out body, out string? missing))
        {
            return Failures.Of(FailureKind.InvalidOrder, $"The body cannot be sent: {missing}");
        }

        using HttpRequestMessage request = Request(work, address, body, headers, context, room.TraceParent);
        using var limit = new CancellationTokenSource(work.Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            using HttpResponseMessage response = await http.SendAsync(request, both.Token).ConfigureAwait(false);
            int status = (int)response.StatusCode;
            string answer = await ReadStartAsync(response, both.Token).ConfigureAwait(false);
            bool succeeded = status >= lowest && status <= highest;
            room.Log.Write(
                succeeded ? LogLevel.Information : LogLevel.Error, Category, $"{work.Method} {address.GetLeftPart(UriPartial.Path)} answered {status}", null);
            if (answer.Length > 0)
            {
                room.Log.WriteLines(answer);
            }

            return succeeded ? null : new TaskFailure
            {
                Kind = FailureKind.Http,
                Message = $"{address.GetLeftPart(UriPartial.Path)} answered {status}; success is {work.SuccessStatus}.",
                HttpStatus = status,
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Failures.Of(
                FailureKind.Http,
                string.Create(CultureInfo.InvariantCulture, $"{address.Authority} did not answer within {work.Timeout.TotalSeconds:0.#} s."));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return Failures.Of(FailureKind.Http, $"{address.Authority} could not be asked: {e.Message}");
        }
    }

    private static HttpRequestMessage Request(HttpWork work, Uri address, string? body, Dictionary<string, string> headers, ShardingContext context, string? traceParent)
    {
        var request = new HttpRequestMessage(new HttpMethod(work.Method), address);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        foreach ((string name, string value) in ScriptContext.Of(context).Members())
        {
            string words = string.Join('-', name.Split('_').Select(word => $"{word[0]}{word[1..].ToLowerInvariant()}"));
            request.Headers.TryAddWithoutValidation($"ElasticJob-{words}", HeaderSafe(value));
        }

        if (traceParent is not null)
        {
            request.Headers.TryAddWithoutValidation("traceparent", traceParent);
        }

        foreach ((string name, string value) in headers)
        {
            request.Headers.Remove(name);
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                request.Content?.Headers.Remove(name);
                request.Content?.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return request;
    }

    // Headers carry printable ASCII only; anything else goes percent-encoded as UTF-8.
    private static string HeaderSafe(string value) =>
        value.All(c => c is >= ' ' and <= '~') ? value : Uri.EscapeDataString(value);

    private static async Task<string> ReadStartAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        byte[] bytes = new byte[LoggedBody];
        int read = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return Encoding.UTF8.GetString(bytes, 0, read);
    }

    private static bool TryReadRange(string text, out int lowest, out int highest)
    {
        string[] ends = text.Split('-', StringSplitOptions.TrimEntries);
        highest = 0;
        return int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out lowest)
            && int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out highest)
            && ends.Length <= 2 && lowest <= highest && lowest >= 100 && highest <= 599;
    }
}
