using System.Net;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Leadership;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ElasticJob.Scheduler.Api.Forwarding;

/// <summary>Passes requests on to another scheduler, byte by byte, and its answers back as they come: logs and event streams too.</summary>
internal sealed class LeaderConnection : IDisposable
{
    private const int BufferSize = 32 * 1024;

    private readonly HttpMessageInvoker http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = TimeSpan.FromSeconds(2),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    });

    public void Dispose() => http.Dispose();

    /// <summary>Asks <paramref name="leader"/> what <paramref name="self"/> was asked.</summary>
    public async Task ForwardAsync(HttpContext context, Member self, Member leader, Uri address)
    {
        using HttpRequestMessage request = RequestOf(context, self, address);
        try
        {
            using HttpResponseMessage answer = await http.SendAsync(request, context.RequestAborted);
            await AnswerAsync(context, answer);
        }
        catch (Exception e) when (e is HttpRequestException or IOException && !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            string doubt = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) ? "" : " Whether the request was carried out is not known.";
            context.Response.Headers.RetryAfter = "1";
            await ProblemWriter.WriteAsync(
                context, 503, ProblemCode.Unavailable, $"{leader.Name}, which leads, could not be asked at {address}: {e.Message}. If it is gone, the next one leads as soon as its session has ended.{doubt}", leader: leader.Name);
        }
    }

    private static HttpRequestMessage RequestOf(HttpContext context, Member self, Uri address)
    {
        HttpRequest asked = context.Request;
        var target = new UriBuilder(address) { Path = asked.PathBase.Add(asked.Path).ToUriComponent(), Query = asked.QueryString.Value };
        var request = new HttpRequestMessage(new HttpMethod(asked.Method), target.Uri) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true)
        {
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            {
                // The leader has a limit of its own, and an answer for those who exceed it.
                size.MaxRequestBodySize = null;
            }

            request.Content = new StreamContent(asked.Body);
        }

        string connection = asked.Headers.Connection.ToString();
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues values) in asked.Headers)
        {
            if (ForwardingHeaders.GoesOn(name, connection) && !request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        request.Headers.Host = asked.Host.Value;
        request.Headers.TryAddWithoutValidation(ForwardingHeaders.ForwardedBy, self.Name);
        if (context.Connection.RemoteIpAddress is { } caller)
        {
            request.Headers.TryAddWithoutValidation(ForwardingHeaders.ForwardedFor, caller.ToString());
        }

        return request;
    }

    private static async Task AnswerAsync(HttpContext context, HttpResponseMessage answer)
    {
        HttpResponse response = context.Response;
        response.StatusCode = (int)answer.StatusCode;
        string connection = string.Join(',', answer.Headers.Connection);
        foreach ((string name, IEnumerable<string> values) in answer.Headers.Concat(answer.Content.Headers))
        {
            if (ForwardingHeaders.GoesOn(name, connection))
            {
                response.Headers[name] = values.ToArray();
            }
        }

        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await using Stream body = await answer.Content.ReadAsStreamAsync(context.RequestAborted);
        byte[] buffer = new byte[BufferSize];
        int read;
        while ((read = await body.ReadAsync(buffer, context.RequestAborted)) > 0)
        {
            await response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
            await response.Body.FlushAsync(context.RequestAborted);
        }
    }
}
