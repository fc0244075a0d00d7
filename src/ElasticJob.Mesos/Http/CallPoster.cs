using System.Net;
using System.Net.Http.Headers;
using System.Text;
using ElasticJob.Mesos.Errors;
using Google.Protobuf;

namespace ElasticJob.Mesos.Http;

/// <summary>Posts one protobuf message and maps every way it can go wrong to an exception that says what is certain.</summary>
internal sealed class CallPoster(HttpMessageInvoker http, AuthenticationHeaderValue? authorization, TimeProvider time)
{
    public const string StreamIdHeader = "Mesos-Stream-Id";
    private const int LongestBody = 4_000;
    private static readonly MediaTypeHeaderValue Protobuf = new("application/x-protobuf");

    public static AuthenticationHeaderValue? Basic(MesosCredential? credential) => credential is null
        ? null
        : new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.Principal}:{credential.Secret}")));

    /// <summary>Sends and gives back the answer, whatever its status, as soon as its headers are there.</summary>
    public async Task<HttpResponseMessage> PostAsync(
        Uri address, IMessage call, string? streamId, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(call.ToByteArray()) };
        request.Content.Headers.ContentType = Protobuf;
        request.Headers.Accept.ParseAdd("application/x-protobuf");
        request.Headers.Authorization = authorization;
        if (streamId is not null)
        {
            request.Headers.TryAddWithoutValidation(StreamIdHeader, streamId);
        }

        using var limit = new CancellationTokenSource(timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await http.SendAsync(request, both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw limit.IsCancellationRequested
                ? new MesosConnectionLostException($"{address} did not answer within {timeout.TotalSeconds:0.#} s.")
                : new MesosUnavailableException($"{address} did not accept a connection in time.");
        }
        catch (HttpRequestException e) when (e.HttpRequestError is
            HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError)
        {
            throw new MesosUnavailableException($"{address} cannot be reached: {e.Message}", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new MesosConnectionLostException($"The connection to {address} broke during a call: {e.Message}", e);
        }
    }

    /// <summary>Sends a call that is answered by 202 or 200 and no body.</summary>
    public async Task SendAsync(Uri address, IMessage call, string? streamId, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await PostAsync(address, call, streamId, timeout, cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
        {
            throw await FaultAsync(address, response, timeout, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The exception that says what an answer other than success means.</summary>
    /// <param name="address">Who answered.</param>
    /// <param name="response">The answer, of which the body may still be on its way.</param>
    /// <param name="timeout">How long is waited for the body; what it would have said is then left out, for the status alone says what is certain.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<MesosException> FaultAsync(Uri address, HttpResponseMessage response, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        string body;
        try
        {
            body = await ReadBodyAsync(response, both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            body = "";
        }

        string said = body.Length == 0 ? "" : $": {body}";
        return (int)response.StatusCode switch
        {
            307 => new MesosUnavailableException($"{address} does not lead; the leader is {response.Headers.Location?.ToString() ?? "unknown"}."),
            503 or 429 => new MesosUnavailableException($"{address} is not ready ({(int)response.StatusCode}){said}"),
            >= 400 and < 500 => new MesosRefusedException(
                $"{address} refused the call ({(int)response.StatusCode} {response.StatusCode}){said}", response.StatusCode, body),
            _ => new MesosConnectionLostException($"{address} answered {(int)response.StatusCode}{said}"),
        };
    }

    /// <summary>Where a redirect leads: Mesos names host and path, the scheme stays that of the request.</summary>
    public static Uri? RedirectTarget(Uri address, HttpResponseMessage response)
    {
        if (response.StatusCode is not (HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect)
            || !response.Headers.TryGetValues("Location", out IEnumerable<string>? values))
        {
            return null;
        }

        return Uri.TryCreate(address, values.First(), out Uri? target) && target != address ? target : null;
    }

    private static async Task<string> ReadBodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            string body = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
            return body.Length <= LongestBody ? body.Trim() : body[..LongestBody].Trim();
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return "";
        }
    }
}
