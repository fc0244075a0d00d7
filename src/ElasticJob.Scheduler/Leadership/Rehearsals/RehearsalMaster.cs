using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using ElasticJob.Mesos.RecordIO;
using ElasticJob.Mesos.V1;
using ElasticJob.Mesos.V1.Scheduler;
using Google.Protobuf;

namespace ElasticJob.Scheduler.Leadership.Rehearsals;

/// <summary>A master without a network: it offers one agent, says of every task that it runs, and lets what is launched finish.</summary>
internal sealed class RehearsalMaster : HttpMessageHandler
{
    private const string Name = "rehearsal";
    private readonly Pipe events = new();
    private readonly Lock gate = new();
    private readonly TaskCompletionSource launched = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when something was launched.</summary>
    public Task Launched => launched.Task;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Call call = Call.Parser.ParseFrom(await request.Content!.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false));
        switch (call.Type)
        {
            case Call.Types.Type.Subscribe:
                await TellAsync([Subscribed(), Offer()]).ConfigureAwait(false);
                var answer = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(events.Reader.AsStream()) };
                answer.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
                return answer;
            case Call.Types.Type.Reconcile:
                await TellAsync([.. call.Reconcile.Tasks.Select(t => Update(t.TaskId, Mesos.V1.TaskState.TaskRunning))]).ConfigureAwait(false);
                break;
            case Call.Types.Type.Accept:
                await TellAsync([.. call.Accept.Operations.SelectMany(o => o.Launch?.TaskInfos ?? []).Select(t => Update(t.TaskId, Mesos.V1.TaskState.TaskFinished))])
                    .ConfigureAwait(false);
                launched.TrySetResult();
                break;
        }

        return new HttpResponseMessage(HttpStatusCode.Accepted);
    }

    private static Event Subscribed() => new()
    {
        Type = Event.Types.Type.Subscribed,
        Subscribed = new Event.Types.Subscribed { FrameworkId = new FrameworkID { Value = Name }, HeartbeatIntervalSeconds = 600 },
    };

    private static Event Offer() => new()
    {
        Type = Event.Types.Type.Offers,
        Offers = new Event.Types.Offers
        {
            Offers_ =
            {
                new Offer
                {
                    Id = new OfferID { Value = Name },
                    FrameworkId = new FrameworkID { Value = Name },
                    AgentId = new AgentID { Value = Name },
                    Hostname = Name,
                    Resources = { Scalar("cpus", 100), Scalar("mem", 100_000), Scalar("disk", 100_000) },
                },
            },
        },
    };

    private static Event Update(TaskID task, Mesos.V1.TaskState state) => new()
    {
        Type = Event.Types.Type.Update,
        Update = new Event.Types.Update
        {
            Status = new Mesos.V1.TaskStatus { TaskId = task, State = state, AgentId = new AgentID { Value = Name }, Uuid = ByteString.CopyFrom(new byte[16]) },
        },
    };

    private static Resource Scalar(string name, double amount) =>
        new() { Name = name, Type = Value.Types.Type.Scalar, Scalar = new Value.Types.Scalar { Value = amount } };

    private async Task TellAsync(IReadOnlyList<Event> told)
    {
        var buffer = new ArrayBufferWriter<byte>();
        foreach (Event one in told)
        {
            RecordWriter.Write(buffer, one.ToByteArray());
        }

        lock (gate)
        {
            events.Writer.Write(buffer.WrittenSpan);
        }

        await events.Writer.FlushAsync().ConfigureAwait(false);
    }
}
