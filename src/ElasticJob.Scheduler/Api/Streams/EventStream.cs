using System.Globalization;
using ElasticJob.Events;
using ElasticJob.Scheduler.Api.Problems;
using Microsoft.AspNetCore.Http;

namespace ElasticJob.Scheduler.Api.Streams;

/// <summary>Sends events to one follower as Server-Sent Events, until it goes.</summary>
internal sealed class EventStream(EventFeed feed, TimeProvider time)
{
    /// <summary>A follower that does not read makes the next piece wait; more than this is never held for it.</summary>
    private const int MostInPiece = 32 * 1024;
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);
    private static readonly ReadOnlyMemory<byte> Connected = ": connected\n\n"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> StillHere = ": still here\n\n"u8.ToArray();

    /// <param name="context">The request; its <c>Last-Event-ID</c> counts more than the filter's position.</param>
    /// <param name="filter">Which events; without a position those that come from now on.</param>
    public async Task SendAsync(HttpContext context, EventFilter filter)
    {
        CancellationToken cancellationToken = context.RequestAborted;
        long newest = await feed.NewestAsync(cancellationToken);

        // A number that is not there yet is one of another store: whatever comes next is new to the follower.
        long position = Math.Min(LastSeen(context.Request) ?? filter.After ?? newest, newest);
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.Body.WriteAsync(Connected, cancellationToken);
        long quietSince = time.GetTimestamp();
        while (!cancellationToken.IsCancellationRequested)
        {
            (EventFrames? frames, long reached) = await feed.ReadAsync(position, filter, cancellationToken);
            bool sent = false;
            foreach (ReadOnlyMemory<byte> piece in frames?.Read(position, filter) ?? [])
            {
                await SendAsync(context.Response, piece, cancellationToken);
                sent = true;
            }

            position = reached;
            if (!sent && time.GetElapsedTime(quietSince) > KeepAlive)
            {
                await context.Response.Body.WriteAsync(StillHere, cancellationToken);
                sent = true;
            }

            quietSince = sent ? time.GetTimestamp() : quietSince;
            if (frames is null)
            {
                await feed.LookAsync(cancellationToken);
            }
        }
    }

    private static async Task SendAsync(HttpResponse response, ReadOnlyMemory<byte> piece, CancellationToken cancellationToken)
    {
        for (int from = 0; from < piece.Length; from += MostInPiece)
        {
            await response.Body.WriteAsync(piece.Slice(from, Math.Min(MostInPiece, piece.Length - from)), cancellationToken);
        }
    }

    private static long? LastSeen(HttpRequest request) => request.Headers["Last-Event-ID"].ToString() switch
    {
        "" => null,
        { } last when long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out long sequence) => sequence,
        { } other => throw Refusal.BadRequest($"Last-Event-ID: '{other}' is not the number of an event."),
    };
}
