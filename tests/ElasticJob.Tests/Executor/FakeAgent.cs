using System.Buffers;
using System.Collections.Concurrent;
using System.Threading.Channels;
using ElasticJob.Mesos.RecordIO;
using ElasticJob.Mesos.V1;
using ElasticJob.Mesos.V1.Executor;
using ElasticJob.Protocol;
using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Reports;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using TaskStatus = ElasticJob.Mesos.V1.TaskStatus;

namespace ElasticJob.Tests.Executor;

/// <summary>The agent's side of the executor API, on a free loopback port.</summary>
internal sealed class FakeAgent : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly Lock gate = new();
    private readonly List<TaskStatus> statuses = [];
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Channel<Event> stream = Channel.CreateUnbounded<Event>();

    private FakeAgent(WebApplication app) => this.app = app;

    public string Endpoint => new Uri(app.Urls.First()).Authority;

    /// <summary>Whether updates are acknowledged at once.</summary>
    public bool Acknowledges { get; set; } = true;

    public ConcurrentQueue<Call.Types.Subscribe> Subscriptions { get; } = new();

    public static async Task<FakeAgent> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        WebApplication app = builder.Build();
        var agent = new FakeAgent(app);
        app.MapPost("/api/v1/executor", (RequestDelegate)agent.ServeAsync);
        await app.StartAsync();
        return agent;
    }

    public void Send(Event next) => stream.Writer.TryWrite(next);

    public void Launch(TaskOrder order, TimeSpan? killGrace = null) => LaunchRaw(order.Task, ProtocolJson.Write(order), killGrace);

    public void LaunchRaw(string taskId, byte[] data, TimeSpan? killGrace = null)
    {
        var task = new TaskInfo
        {
            Name = taskId,
            TaskId = new TaskID { Value = taskId },
            AgentId = new AgentID { Value = "A" },
            Data = ByteString.CopyFrom(data),
        };
        if (killGrace is { } grace)
        {
            task.KillPolicy = new KillPolicy { GracePeriod = new DurationInfo { Nanoseconds = grace.Ticks * 100 } };
        }

        Send(new Event { Type = Event.Types.Type.Launch, Launch = new Event.Types.Launch { Task = task } });
    }

    public void Kill(string taskId) => Send(new Event
    {
        Type = Event.Types.Type.Kill,
        Kill = new Event.Types.Kill { TaskId = new TaskID { Value = taskId } },
    });

    /// <summary>Ends the event stream, as an agent that restarts does.</summary>
    public void DropStream()
    {
        Channel<Event> old = stream;
        stream = Channel.CreateUnbounded<Event>();
        old.Writer.Complete();
    }

    public IReadOnlyList<TaskStatus> Of(string taskId)
    {
        lock (gate)
        {
            return [.. statuses.Where(status => status.TaskId.Value == taskId)];
        }
    }

    /// <summary>Waits for an update of a task.</summary>
    public async Task<TaskStatus> WaitForAsync(string taskId, Func<TaskStatus, bool> wanted, CancellationToken patience)
    {
        while (true)
        {
            Task change;
            lock (gate)
            {
                if (statuses.FirstOrDefault(status => status.TaskId.Value == taskId && wanted(status)) is { } found)
                {
                    return found;
                }

                change = changed.Task;
            }

            await change.WaitAsync(patience);
        }
    }

    public Task<TaskStatus> WaitForAsync(string taskId, TaskState state, CancellationToken patience) =>
        WaitForAsync(taskId, status => status.State == state, patience);

    /// <summary>Waits for the terminal update of a task.</summary>
    public Task<TaskStatus> EndOfAsync(string taskId, CancellationToken patience) => WaitForAsync(
        taskId,
        status => status.State is not (TaskState.TaskStarting or TaskState.TaskRunning or TaskState.TaskKilling),
        patience);

    public static TaskReport Report(TaskStatus status) => ProtocolJson.ReadReport(status.Data.Span);

    public async ValueTask DisposeAsync()
    {
        stream.Writer.TryComplete();
        using var now = new CancellationTokenSource();
        now.Cancel();
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    private async Task ServeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        Call call = Call.Parser.ParseFrom(body.ToArray());
        if (call.Type == Call.Types.Type.Subscribe)
        {
            Subscriptions.Enqueue(call.Subscribe);
            await StreamAsync(context);
            return;
        }

        context.Response.StatusCode = 202;
        TaskCompletionSource signal;
        lock (gate)
        {
            statuses.Add(call.Update.Status);
            signal = changed;
            changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        signal.SetResult();
        if (Acknowledges)
        {
            Acknowledge(call.Update.Status);
        }
    }

    public void Acknowledge(TaskStatus status) => Send(new Event
    {
        Type = Event.Types.Type.Acknowledged,
        Acknowledged = new Event.Types.Acknowledged { TaskId = status.TaskId, Uuid = status.Uuid },
    });

    private async Task StreamAsync(HttpContext context)
    {
        ChannelReader<Event> events = stream.Reader;
        var buffer = new ArrayBufferWriter<byte>();
        RecordWriter.Write(buffer, new Event { Type = Event.Types.Type.Subscribed, Subscribed = Subscribed() }.ToByteArray());
        await context.Response.Body.WriteAsync(buffer.WrittenMemory);
        await context.Response.Body.FlushAsync();
        try
        {
            await foreach (Event next in events.ReadAllAsync(context.RequestAborted))
            {
                buffer.ResetWrittenCount();
                RecordWriter.Write(buffer, next.ToByteArray());
                await context.Response.Body.WriteAsync(buffer.WrittenMemory);
                await context.Response.Body.FlushAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The executor went away.
        }
    }

    private static Event.Types.Subscribed Subscribed() => new()
    {
        ExecutorInfo = new ExecutorInfo { ExecutorId = new ExecutorID { Value = "E" } },
        FrameworkInfo = new FrameworkInfo { User = "root", Name = "test" },
        AgentInfo = new AgentInfo { Hostname = "localhost" },
    };
}
