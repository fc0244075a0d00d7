using System.IO.Pipelines;
using System.Threading.Channels;
using ElasticJob.Mesos.RecordIO;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;

namespace ElasticJob.Local.Http;

/// <summary>The answer to a SUBSCRIBE: events in RecordIO, for as long as both sides want.</summary>
/// <remarks>Events that gathered while one was written leave in one flush.</remarks>
internal sealed class EventStream<T>(MediaType mediaType)
    where T : class, IMessage
{
    /// <summary>A subscriber that lets this many events gather is not reading: it is cut off.</summary>
    private const int LongestBacklog = 100_000;

    private readonly Channel<T> _events = Channel.CreateBounded<T>(new BoundedChannelOptions(LongestBacklog) { SingleReader = true });

    /// <summary>What later calls of this subscriber carry in <c>Mesos-Stream-Id</c>.</summary>
    public string Id { get; } = Guid.NewGuid().ToString();

    public void Send(T message)
    {
        if (!_events.Writer.TryWrite(message))
        {
            _events.Writer.TryComplete();
        }
    }

    /// <summary>Ends the stream after what was already sent.</summary>
    public void Close() => _events.Writer.TryComplete();

    /// <summary>Writes until the stream is closed or the subscriber is gone.</summary>
    public async Task RunAsync(HttpContext context, CancellationToken stopping)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        context.Response.StatusCode = StatusCodes.Status200OK;
        context.Response.ContentType = mediaType == MediaType.Json ? "application/json" : "application/x-protobuf";
        PipeWriter output = context.Response.BodyWriter;
        try
        {
            await context.Response.StartAsync(ended.Token).ConfigureAwait(false);
            while (await _events.Reader.WaitToReadAsync(ended.Token).ConfigureAwait(false))
            {
                while (_events.Reader.TryRead(out T? message))
                {
                    RecordWriter.Write(output, mediaType == MediaType.Json ? ProtoJson.Write(message) : message.ToByteArray());
                }

                FlushResult flushed = await output.FlushAsync(ended.Token).ConfigureAwait(false);
                if (flushed.IsCompleted || flushed.IsCanceled)
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The subscriber went away or the server stops: both end a stream in the ordinary way.
        }
        catch (IOException)
        {
        }
    }
}
