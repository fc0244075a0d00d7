using System.Buffers;
using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace ElasticJob.Local.Http;

/// <summary>Reads calls and writes answers; refuses as Mesos does.</summary>
internal static class HttpCalls
{
    private const string Protobuf = "application/x-protobuf";
    private const string Json = "application/json";

    public static async Task<T> ReadAsync<T>(HttpContext context)
        where T : IMessage<T>, new()
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            throw new CallRefusedException(405, $"Expecting 'POST', received '{context.Request.Method}'.");
        }

        MediaType contentType = ContentType(context.Request);
        byte[] body = await BodyAsync(context).ConfigureAwait(false);
        try
        {
            if (contentType == MediaType.Json)
            {
                return ProtoJson.Parse<T>(Encoding.UTF8.GetString(body));
            }

            var message = new T();
            message.MergeFrom(body);
            return message.IsInitialized()
                ? message
                : throw new CallRefusedException(400, "Failed to parse body into Call protobuf: a required field is missing.");
        }
        catch (Exception bad) when (bad is InvalidProtocolBufferException or InvalidJsonException or InvalidDataException or InvalidOperationException or FormatException)
        {
            throw new CallRefusedException(400, $"Failed to parse body into Call: {bad.Message}");
        }
    }

    /// <summary>The media type of the answer.</summary>
    public static MediaType Accepted(HttpRequest request)
    {
        IList<MediaTypeHeaderValue> accepted = request.GetTypedHeaders().Accept;
        if (accepted.Count == 0)
        {
            return MediaType.Json;
        }

        foreach (MediaTypeHeaderValue range in accepted.OrderByDescending(range => range.Quality ?? 1))
        {
            if (range.MatchesMediaType(Json))
            {
                return MediaType.Json;
            }

            if (range.MatchesMediaType(Protobuf))
            {
                return MediaType.Protobuf;
            }
        }

        throw new CallRefusedException(406, $"Expecting 'Accept' to allow '{Protobuf}' or '{Json}'.");
    }

    /// <summary>One operator call: who asks, what is asked, the answer in the form that was asked for.</summary>
    public static async Task AnswerAsync<T>(HttpContext context, BasicCredentials operators, Func<T, Task<IMessage>> answer)
        where T : IMessage<T>, new()
    {
        _ = operators.Authenticate(context);
        T call = await ReadAsync<T>(context).ConfigureAwait(false);
        MediaType accepted = Accepted(context.Request);
        await AnswerAsync(context, await answer(call).ConfigureAwait(false), accepted).ConfigureAwait(false);
    }

    private static Task AnswerAsync(HttpContext context, IMessage message, MediaType mediaType)
    {
        context.Response.ContentType = mediaType == MediaType.Json ? Json : Protobuf;
        byte[] body = mediaType == MediaType.Json ? ProtoJson.Write(message) : message.ToByteArray();
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    public static Task RefuseAsync(HttpContext context, CallRefusedException refusal)
    {
        context.Response.StatusCode = refusal.StatusCode;
        if (refusal.StatusCode == 405)
        {
            context.Response.Headers.Allow = "POST";
        }

        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(refusal.Message, context.RequestAborted);
    }

    private static MediaType ContentType(HttpRequest request)
    {
        if (string.IsNullOrEmpty(request.ContentType))
        {
            throw new CallRefusedException(400, "Expecting 'Content-Type' to be present.");
        }

        return MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type)
            ? type.MediaType.Value?.ToLowerInvariant() switch
            {
                Json => MediaType.Json,
                Protobuf => MediaType.Protobuf,
                _ => throw new CallRefusedException(415, $"Expecting 'Content-Type' of {Json} or {Protobuf}."),
            }
            : throw new CallRefusedException(415, $"'{request.ContentType}' is not a media type.");
    }

    private static async Task<byte[]> BodyAsync(HttpContext context)
    {
        if (context.Request.ContentLength is > 0 and <= int.MaxValue)
        {
            var body = new byte[(int)context.Request.ContentLength];
            await context.Request.Body.ReadExactlyAsync(body, context.RequestAborted).ConfigureAwait(false);
            return body;
        }

        using var gathered = new MemoryStream();
        await context.Request.Body.CopyToAsync(gathered, context.RequestAborted).ConfigureAwait(false);
        return gathered.ToArray();
    }
}
