using System.Buffers;
using System.Net.Http.Headers;
using System.Threading.Channels;
using ElasticJob.Mesos.RecordIO;
using ElasticJob.Mesos.V1;
using Google.Protobuf;
using Call = ElasticJob.Mesos.V1.Scheduler.Call;
using Event = ElasticJob.Mesos.V1.Scheduler.Event;
using TaskStatus = ElasticJob.Mesos.V1.TaskStatus;

namespace ElasticJob.Local.Tests;

/// <summary>A framework over raw HTTP in protobuf.</summary>
internal sealed class TestFramework : IAsyncDisposable
{
    private readonly HttpClient _http = new();
    private readonly Channel<Event> _events = Channel.CreateUnbounded<Event>();
    private readonly List<Event> _seen = [];
    private readonly Uri _scheduler;
    private Task _reading = Task.CompletedTask;
    private Stream? _stream;

    private TestFramework(Uri master) => _scheduler = new Uri(master, "api/v1/scheduler");

    public FrameworkID Id { get; private set; } = new() { Value = "" };

    public string StreamId { get; private set; } = "";

    /// <summary>Updates are acknowledged as they are taken; off for tests of repetition.</summary>
    public bool Acknowledges { get; set; } = true;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static FrameworkInfo Info(string name = "test", params string[] roles)
    {
        var info = new FrameworkInfo { User = "nobody", Name = name, Checkpoint = true, FailoverTimeout = 3600 };
        info.Roles.Add(roles.Length == 0 ? ["jobs"] : roles);
        foreach (FrameworkInfo.Types.Capability.Types.Type type in (FrameworkInfo.Types.Capability.Types.Type[])
            [
                FrameworkInfo.Types.Capability.Types.Type.PartitionAware,
                FrameworkInfo.Types.Capability.Types.Type.MultiRole,
                FrameworkInfo.Types.Capability.Types.Type.TaskKillingState,
            ])
        {
            info.Capabilities.Add(new FrameworkInfo.Types.Capability { Type = type });
        }

        return info;
    }

    public static async Task<TestFramework> SubscribeAsync(Uri master, FrameworkInfo? info = null)
    {
        var framework = new TestFramework(master);
        await framework.OpenAsync(info ?? Info());
        framework.Id = (await framework.NextAsync(Event.Types.Type.Subscribed)).Subscribed.FrameworkId;
        return framework;
    }

    /// <summary>Subscribes without expecting to be let in.</summary>
    public static async Task<TestFramework> KnockAsync(Uri master, FrameworkInfo info)
    {
        var framework = new TestFramework(master);
        await framework.OpenAsync(info);
        return framework;
    }

    public async Task<Event> NextAsync(Event.Types.Type type, Predicate<Event>? where = null, string? what = null)
    {
        where ??= _ => true;
        if (_seen.Find(one => one.Type == type && where(one)) is { } seen)
        {
            _seen.Remove(seen);
            return seen;
        }

        // Heartbeats and offers go on for ever, so the bound is on all of them together.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        patience.CancelAfter(Patience.Limit);
        while (true)
        {
            Event next = await NextAsync(patience.Token, what ?? type.ToString());
            if (Acknowledges && next.Type == Event.Types.Type.Update && next.Update.Status.HasUuid)
            {
                await AcknowledgeAsync(next.Update.Status);
            }

            if (next.Type == type && where(next))
            {
                return next;
            }

            _seen.Add(next);
        }
    }

    public async Task<Event> AnyAsync() => await _events.Reader.ReadAsync(Cancelled).AsTask().Within(Seen);

    public async Task<TaskStatus> UpdateAsync(string task, TaskState? state = null) => (await NextAsync(
        Event.Types.Type.Update,
        one => one.Update.Status.TaskId.Value == task && (state is null || one.Update.Status.State == state),
        $"{state?.ToString() ?? "any update"} of {task}")).Update.Status;

    public async Task<Offer> OfferAsync() => (await NextAsync(Event.Types.Type.Offers)).Offers.Offers_[0];

    public bool HasSeen(Event.Types.Type type) => _seen.Exists(one => one.Type == type);

    /// <summary>True when the stream ends, whatever else it still says.</summary>
    public Task EndAsync() => _reading.Within(Seen, "the end of the stream");

    public Task AcknowledgeAsync(TaskStatus status) => CallAsync(new Call
    {
        Type = Call.Types.Type.Acknowledge,
        Acknowledge = new Call.Types.Acknowledge { AgentId = status.AgentId, TaskId = status.TaskId, Uuid = status.Uuid },
    });

    public Task KillAsync(string task) => CallAsync(new Call
    {
        Type = Call.Types.Type.Kill,
        Kill = new Call.Types.Kill { TaskId = new TaskID { Value = task } },
    });

    public Task MessageAsync(AgentID agent, string executor, string text) => CallAsync(new Call
    {
        Type = Call.Types.Type.Message,
        Message = new Call.Types.Message { AgentId = agent, ExecutorId = new ExecutorID { Value = executor }, Data = ByteString.CopyFromUtf8(text) },
    });

    /// <summary>Asks for these tasks, or without any for all.</summary>
    public Task ReconcileAsync(params string[] tasks) => ReconcileAsync(null, tasks);

    public Task ReconcileAsync(AgentID? agent, params string[] tasks)
    {
        var call = new Call { Type = Call.Types.Type.Reconcile, Reconcile = new Call.Types.Reconcile() };
        foreach (string task in tasks)
        {
            var asked = new Call.Types.Reconcile.Types.Task { TaskId = new TaskID { Value = task } };
            if (agent is not null)
            {
                asked.AgentId = agent;
            }

            call.Reconcile.Tasks.Add(asked);
        }

        return CallAsync(call);
    }

    public Task DeclineAsync(Offer offer, double refuseSeconds)
    {
        var call = new Call
        {
            Type = Call.Types.Type.Decline,
            Decline = new Call.Types.Decline { Filters = new Filters { RefuseSeconds = refuseSeconds } },
        };
        call.Decline.OfferIds.Add(offer.Id);
        return CallAsync(call);
    }

    public Task AcceptAsync(Offer offer, params TaskInfo[] tasks)
    {
        var call = new Call
        {
            Type = Call.Types.Type.Accept,
            Accept = new Call.Types.Accept { Filters = new Filters { RefuseSeconds = 0 } },
        };
        call.Accept.OfferIds.Add(offer.Id);
        var launch = new Offer.Types.Operation { Type = Offer.Types.Operation.Types.Type.Launch, Launch = new Offer.Types.Operation.Types.Launch() };
        launch.Launch.TaskInfos.Add(tasks);
        call.Accept.Operations.Add(launch);
        return CallAsync(call);
    }

    public async Task CallAsync(Call call)
    {
        call.FrameworkId = Id;
        using HttpResponseMessage answer = await PostAsync(call, StreamId);
        ((int)answer.StatusCode).ShouldBe(202, await answer.Content.ReadAsStringAsync(Cancelled));
    }

    public async Task<HttpResponseMessage> PostAsync(Call call, string? streamId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _scheduler) { Content = new ByteArrayContent(call.ToByteArray()) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        request.Headers.Accept.ParseAdd("application/x-protobuf");
        if (!string.IsNullOrEmpty(streamId))
        {
            request.Headers.Add("Mesos-Stream-Id", streamId);
        }

        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        if (_stream is not null)
        {
            await _stream.DisposeAsync();
        }

        _http.Dispose();
    }

    private async Task<Event> NextAsync(CancellationToken patience, string what)
    {
        try
        {
            return await _events.Reader.ReadAsync(patience);
        }
        catch (OperationCanceledException) when (!Cancelled.IsCancellationRequested)
        {
            throw new TimeoutException($"Not seen within {Patience.Limit.TotalSeconds:0} s: {what}. {Seen()}");
        }
        catch (ChannelClosedException)
        {
            throw new InvalidOperationException($"The stream ended before {what} came. {Seen()}");
        }
    }

    private string Seen() => $"Seen, and not asked for: {string.Join(", ", _seen.Select(one => one.Type == Event.Types.Type.Update
        ? $"{one.Update.Status.State} of {one.Update.Status.TaskId.Value} ({one.Update.Status.Message})"
        : one.Type.ToString()))}";

    private async Task OpenAsync(FrameworkInfo info)
    {
        var call = new Call { Type = Call.Types.Type.Subscribe, Subscribe = new Call.Types.Subscribe { FrameworkInfo = info } };
        if (info.Id is not null)
        {
            call.FrameworkId = info.Id;
        }

        HttpResponseMessage answer = await PostAsync(call, null);
        ((int)answer.StatusCode).ShouldBe(200);
        StreamId = answer.Headers.GetValues("Mesos-Stream-Id").Single();
        _stream = await answer.Content.ReadAsStreamAsync(Cancelled);
        _reading = ReadAsync(_stream);
    }

    private async Task ReadAsync(Stream stream)
    {
        try
        {
            await foreach (ReadOnlySequence<byte> record in RecordReader.ReadAsync(stream, CancellationToken.None))
            {
                _events.Writer.TryWrite(Event.Parser.ParseFrom(record));
            }
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException or HttpRequestException)
        {
            // The other side closed, or this side did.
        }
        finally
        {
            _events.Writer.TryComplete();
        }
    }
}
