using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using ElasticJob.Mesos.RecordIO;
using ElasticJob.Mesos.V1;
using ElasticJob.Mesos.V1.Scheduler;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Bench.Takeover;

/// <summary>
/// A master with one agent that has room. It says of every task it is asked for that it runs, lets what is launched finish at once, and notes when which
/// call came.
/// </summary>
internal sealed class MadeMaster : IAsyncDisposable
{
    private const string Agent = "agent-with-room";
    private readonly ConcurrentDictionary<string, bool> executors = new();
    private readonly WebApplication app;
    private volatile Channel<byte[]>? stream;
    private int lastOffer;

    private MadeMaster(WebApplication app) => this.app = app;

    public Uri Address => new(app.Urls.First());

    /// <summary>Calls that came, with the timestamp; acknowledgements are left out.</summary>
    public ConcurrentQueue<Noted> Calls { get; } = new();

    public static async Task<MadeMaster> StartAsync(CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        WebApplication app = builder.Build();
        var master = new MadeMaster(app);
        app.Run(master.AnswerAsync);
        await app.StartAsync(cancellationToken);
        return master;
    }

    public async ValueTask DisposeAsync()
    {
        stream?.Writer.TryComplete();
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        long at = Stopwatch.GetTimestamp();
        Call call = Call.Parser.ParseFrom(body.GetBuffer(), 0, (int)body.Length);
        if (call.Type == Call.Types.Type.Subscribe)
        {
            await SubscribedAsync(context, call, at);
            return;
        }

        context.Response.StatusCode = 202;
        string[] tasks = call.Type switch
        {
            Call.Types.Type.Reconcile => [.. call.Reconcile.Tasks.Select(t => t.TaskId.Value)],
            Call.Types.Type.Accept => [.. Launched(call).Select(t => t.TaskId.Value)],
            _ => [],
        };
        if (call.Type != Call.Types.Type.Acknowledge)
        {
            Calls.Enqueue(new Noted(call.Type, at, TimeProvider.System.GetUtcNow(), call.FrameworkId?.Value, tasks));
        }

        switch (call.Type)
        {
            case Call.Types.Type.Reconcile:
                Send([.. call.Reconcile.Tasks.Select(t => Update(t.TaskId, t.AgentId, Mesos.V1.TaskState.TaskRunning, executor: null))]);
                break;
            case Call.Types.Type.Accept:
                Launch(call);
                break;
            case Call.Types.Type.Revive:
                Offer();
                break;
        }
    }

    private async Task SubscribedAsync(HttpContext context, Call call, long at)
    {
        var mine = Channel.CreateUnbounded<byte[]>();
        stream?.Writer.TryComplete();
        stream = mine;
        Calls.Enqueue(new Noted(call.Type, at, TimeProvider.System.GetUtcNow(), call.Subscribe.FrameworkInfo.Id?.Value, []));
        context.Response.Headers["Mesos-Stream-Id"] = Guid.NewGuid().ToString();
        context.Response.ContentType = "application/x-protobuf";
        await context.Response.StartAsync(context.RequestAborted);
        Send([new Event
        {
            Type = Event.Types.Type.Subscribed,
            Subscribed = new Event.Types.Subscribed { FrameworkId = call.Subscribe.FrameworkInfo.Id ?? new FrameworkID { Value = "made" }, HeartbeatIntervalSeconds = 600 },
        }]);
        Offer();
        await foreach (byte[] next in mine.Reader.ReadAllAsync(context.RequestAborted))
        {
            await context.Response.Body.WriteAsync(next, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    private void Launch(Call call)
    {
        var updates = new List<Event>();
        foreach (TaskInfo task in Launched(call))
        {
            executors[task.Executor.ExecutorId.Value] = true;
            updates.Add(Update(task.TaskId, task.AgentId, Mesos.V1.TaskState.TaskRunning, task.Executor.ExecutorId));
            updates.Add(Update(task.TaskId, task.AgentId, Mesos.V1.TaskState.TaskFinished, task.Executor.ExecutorId));
        }

        Send(updates);
        Offer();
    }

    private void Offer() => Send([new Event
    {
        Type = Event.Types.Type.Offers,
        Offers = new Event.Types.Offers
        {
            Offers_ =
            {
                new Offer
                {
                    Id = new OfferID { Value = Table.Text($"offer-{Interlocked.Increment(ref lastOffer)}") },
                    FrameworkId = new FrameworkID { Value = "made" },
                    AgentId = new AgentID { Value = Agent },
                    Hostname = Agent,
                    ExecutorIds = { executors.Keys.Select(e => new ExecutorID { Value = e }) },
                    Resources = { Scalar("cpus", 64), Scalar("mem", 65536), Scalar("disk", 65536) },
                },
            },
        },
    }]);

    private void Send(IReadOnlyList<Event> events)
    {
        var buffer = new ArrayBufferWriter<byte>();
        foreach (Event one in events)
        {
            RecordWriter.Write(buffer, one.ToByteArray());
        }

        stream?.Writer.TryWrite(buffer.WrittenSpan.ToArray());
    }

    /// <summary>A status; with an executor it comes from there and wants to be acknowledged, otherwise it is the master's answer.</summary>
    private static Event Update(TaskID task, AgentID? agent, Mesos.V1.TaskState state, ExecutorID? executor)
    {
        var status = new Mesos.V1.TaskStatus
        {
            TaskId = task,
            AgentId = agent,
            State = state,
            Source = executor is null ? Mesos.V1.TaskStatus.Types.Source.Master : Mesos.V1.TaskStatus.Types.Source.Executor,
        };
        if (executor is null)
        {
            status.Reason = Mesos.V1.TaskStatus.Types.Reason.Reconciliation;
        }
        else
        {
            status.ExecutorId = executor;
            status.Uuid = ByteString.CopyFrom(Guid.NewGuid().ToByteArray());
        }

        return new Event { Type = Event.Types.Type.Update, Update = new Event.Types.Update { Status = status } };
    }

    private static IEnumerable<TaskInfo> Launched(Call call) => call.Accept.Operations.SelectMany(o => o.Launch?.TaskInfos ?? []);

    private static Resource Scalar(string name, double amount) => new()
    {
        Name = name,
        Type = Value.Types.Type.Scalar,
        Scalar = new Value.Types.Scalar { Value = amount },
        AllocationInfo = new Resource.Types.AllocationInfo { Role = "elasticjob" },
        Reservations = { },
    };
}

/// <summary>One call of a scheduler.</summary>
/// <param name="Type">Its type.</param>
/// <param name="At">When it had come, on the monotonic clock.</param>
/// <param name="Wall">The same on the wall clock.</param>
/// <param name="Framework">The framework id in it.</param>
/// <param name="Tasks">Tasks that it launches or asks for.</param>
internal sealed record Noted(Call.Types.Type Type, long At, DateTimeOffset Wall, string? Framework, IReadOnlyList<string> Tasks);
