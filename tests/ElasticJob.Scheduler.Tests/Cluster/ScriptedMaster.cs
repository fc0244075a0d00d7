using System.Threading.Channels;
using ElasticJob.Mesos.Tests;
using ElasticJob.Mesos.V1;
using ElasticJob.Mesos.V1.Scheduler;
using Microsoft.AspNetCore.Http;

namespace ElasticJob.Scheduler.Tests.Cluster;

/// <summary>A master whose events a test sends and whose answers it decides; it keeps every call.</summary>
internal sealed class ScriptedMaster : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Channel<Call> calls = Channel.CreateUnbounded<Call>();
    private volatile Channel<Event>? stream;
    private volatile TaskCompletionSource left = new();
    private MesosServer? server;

    public Uri Address => server!.Address;

    /// <summary>Answers a call otherwise than by accepting it; true if it did.</summary>
    public Func<Call, HttpContext, bool> Instead { get; set; } = static (_, _) => false;

    public static async Task<ScriptedMaster> StartAsync()
    {
        var master = new ScriptedMaster();
        master.server = await MesosServer.StartAsync(master.AnswerAsync);
        return master;
    }

    /// <summary>An event on the newest subscription.</summary>
    public void Send(Event next) => stream!.Writer.TryWrite(next);

    /// <summary>Ends the newest subscription, as a master that goes away.</summary>
    public void HangUp() => stream!.Writer.Complete();

    /// <summary>The next call of a kind; others before it are passed over. Without a kind it is the very next one.</summary>
    public async Task<Call> NextAsync(Call.Types.Type? type)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        while (true)
        {
            Call call = await calls.Reader.ReadAsync(patience.Token);
            if (type is null || call.Type == type)
            {
                return call;
            }
        }
    }

    /// <summary>The next subscription, answered as a master does.</summary>
    public async Task<Call> SubscriptionAsync(string framework = "F-1")
    {
        Call call = await NextAsync(Call.Types.Type.Subscribe);
        Send(new Event
        {
            Type = Event.Types.Type.Subscribed,
            Subscribed = new Event.Types.Subscribed { FrameworkId = new FrameworkID { Value = framework }, HeartbeatIntervalSeconds = 15 },
        });
        return call;
    }

    /// <summary>Completes when the newest subscription has been left.</summary>
    public Task NoSubscriptionAsync() => left.Task.WaitAsync(Patience, TimeProvider.System, TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => server!.DisposeAsync();

    private async Task AnswerAsync(HttpContext context, byte[] body)
    {
        Call call = Call.Parser.ParseFrom(body);
        Channel<Event>? mine = call.Type == Call.Types.Type.Subscribe ? Channel.CreateUnbounded<Event>() : null;
        stream = mine ?? stream;
        calls.Writer.TryWrite(call);
        if (Instead(call, context))
        {
            return;
        }

        if (mine is null)
        {
            context.Response.StatusCode = 202;
            return;
        }

        TaskCompletionSource mineLeft = left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration leaving = context.RequestAborted.Register(mineLeft.SetResult);
        context.Response.Headers["Mesos-Stream-Id"] = Guid.NewGuid().ToString();
        await context.Response.StartAsync();
        await foreach (Event next in mine.Reader.ReadAllAsync(context.RequestAborted))
        {
            await MesosServer.WriteAsync(context, next);
        }
    }
}
