using System.Buffers;
using System.Collections.Concurrent;
using System.Net.Http.Headers;
using ElasticJob.Mesos.RecordIO;
using ElasticJob.Mesos.V1.Scheduler;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ElasticJob.EndToEnd.Tests.Faults;

/// <summary>
/// Stands between scheduler and master and passes everything on, until a trap is sprung by a call or an event: just before it is passed on, or
/// just after. Frozen, it is a half-open connection: nothing passes and nothing is closed. It sends its own heartbeats, twice a second.
/// </summary>
internal sealed class MasterProxy : IAsyncDisposable
{
    private const double HeartbeatSeconds = 0.5;
    private readonly HttpClient http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly Uri master;
    private readonly WebApplication app;
    private volatile Trap? trap;

    private MasterProxy(Uri master, WebApplication app)
    {
        this.master = new Uri(master, "api/v1/scheduler");
        this.app = app;
    }

    public Uri Address => new(app.Urls.First());

    /// <summary>While set nothing passes.</summary>
    public bool Frozen { get; set; }

    public static async Task<MasterProxy> StartAsync(Uri master)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        WebApplication app = builder.Build();
        var proxy = new MasterProxy(master, app);
        app.Run(proxy.PassAsync);
        await app.StartAsync();
        return proxy;
    }

    /// <summary>The calls that came, and what the master said of them.</summary>
    public ConcurrentQueue<PassedCall> Passed { get; } = new();

    /// <summary>Sets the trap; the answer completes when it was sprung.</summary>
    public Task SpringsAsync(Predicate<IMessage> at, bool afterwards, Action spring)
    {
        var set = new Trap(at, afterwards, spring);
        trap = set;
        return set.Sprung.Task;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        now.Cancel();
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
        http.Dispose();
    }

    private async Task PassAsync(HttpContext context)
    {
        CancellationToken gone = context.RequestAborted;
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, gone);
        Call call = Call.Parser.ParseFrom(body.ToArray());
        DateTimeOffset came = TimeProvider.System.GetUtcNow();
        await FreezeAsync(gone);
        Trap? mine = Take(call);
        if (mine is { Afterwards: false })
        {
            await SpringAsync(mine, gone);
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, master) { Content = new ByteArrayContent(body.ToArray()) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        request.Headers.Accept.ParseAdd("application/x-protobuf");
        if (context.Request.Headers.TryGetValue("Mesos-Stream-Id", out var id))
        {
            request.Headers.TryAddWithoutValidation("Mesos-Stream-Id", id.ToString());
        }

        HttpResponseMessage answer;
        try
        {
            answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, gone);
        }
        catch (HttpRequestException)
        {
            // The master is away: so is its stand-in.
            context.Abort();
            return;
        }

        Passed.Enqueue(new PassedCall(call.Type, came, TimeProvider.System.GetUtcNow(), answer.IsSuccessStatusCode));
        using (answer)
        {
            if (mine is { Afterwards: true })
            {
                await SpringAsync(mine, gone);
            }

            context.Response.StatusCode = (int)answer.StatusCode;
            if (call.Type == Call.Types.Type.Subscribe && answer.IsSuccessStatusCode)
            {
                context.Response.Headers["Mesos-Stream-Id"] = answer.Headers.GetValues("Mesos-Stream-Id").Single();
                await StreamAsync(context, await answer.Content.ReadAsStreamAsync(gone));
                return;
            }

            await answer.Content.CopyToAsync(context.Response.Body, gone);
        }
    }

    private async Task StreamAsync(HttpContext context, Stream events)
    {
        CancellationToken gone = context.RequestAborted;
        using var writing = new SemaphoreSlim(1);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(gone);
        Task beating = BeatAsync(context, writing, ended.Token);
        try
        {
            await foreach (ReadOnlySequence<byte> record in RecordReader.ReadAsync(events, gone))
            {
                Event next = Event.Parser.ParseFrom(record);
                if (next.Type == Event.Types.Type.Subscribed)
                {
                    next.Subscribed.HeartbeatIntervalSeconds = HeartbeatSeconds;
                }

                await FreezeAsync(gone);
                Trap? mine = Take(next);
                if (mine is { Afterwards: false })
                {
                    await SpringAsync(mine, gone);
                }

                await WriteAsync(context, writing, next, gone);
                if (mine is { Afterwards: true })
                {
                    await SpringAsync(mine, gone);
                }
            }
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException or InvalidDataException or OperationCanceledException)
        {
            context.Abort();
        }

        await ended.CancelAsync();
        await beating.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task BeatAsync(HttpContext context, SemaphoreSlim writing, CancellationToken gone)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(HeartbeatSeconds));
        while (await timer.WaitForNextTickAsync(gone))
        {
            if (!Frozen)
            {
                await WriteAsync(context, writing, new Event { Type = Event.Types.Type.Heartbeat }, gone);
            }
        }
    }

    private static async Task WriteAsync(HttpContext context, SemaphoreSlim writing, Event next, CancellationToken gone)
    {
        var buffer = new ArrayBufferWriter<byte>();
        RecordWriter.Write(buffer, next.ToByteArray());
        await writing.WaitAsync(gone);
        try
        {
            await context.Response.Body.WriteAsync(buffer.WrittenMemory, gone);
            await context.Response.Body.FlushAsync(gone);
        }
        finally
        {
            writing.Release();
        }
    }

    private Trap? Take(IMessage message)
    {
        Trap? set = trap;
        return set is not null && set.At(message) && Interlocked.CompareExchange(ref trap, null, set) == set ? set : null;
    }

    /// <summary>Nothing passes after it: what would have come next is lost with the one who waited for it.</summary>
    private static async Task SpringAsync(Trap sprung, CancellationToken gone)
    {
        sprung.Spring();
        sprung.Sprung.TrySetResult();
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, gone);
    }

    private async Task FreezeAsync(CancellationToken gone)
    {
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (Frozen)
        {
            await again.WaitForNextTickAsync(gone);
        }
    }

    private sealed record Trap(Predicate<IMessage> At, bool Afterwards, Action Spring)
    {
        public TaskCompletionSource Sprung { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>One call of a scheduler.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Came">When it came from the scheduler.</param>
/// <param name="Answered">When the master had answered it.</param>
/// <param name="IsAccepted">Whether the master accepted it.</param>
internal sealed record PassedCall(Call.Types.Type Type, DateTimeOffset Came, DateTimeOffset Answered, bool IsAccepted);
