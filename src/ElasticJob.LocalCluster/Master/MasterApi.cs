using ElasticJob.Local.Http;
using Microsoft.AspNetCore.Http;
using MasterCall = ElasticJob.Mesos.V1.Master.Call;

namespace ElasticJob.Local.Master;

/// <summary>The master's HTTP: <c>/api/v1/scheduler</c>, <c>/api/v1</c>, <c>/health</c>.</summary>
internal sealed class MasterApi(ClusterMaster master, LocalClusterOptions options)
{
    private const string StreamIdHeader = "Mesos-Stream-Id";
    private readonly BasicCredentials _schedulers = new(options.Credentials, "mesos-master-scheduler");
    private readonly BasicCredentials _operators = new(options.Credentials, "mesos-master-readwrite");

    public Task HandleAsync(HttpContext context, CancellationToken stopping) => context.Request.Path.Value switch
    {
        "/api/v1/scheduler" => SchedulerAsync(context, stopping),
        "/api/v1" => HttpCalls.AnswerAsync<MasterCall>(context, _operators, call => master.Mailbox.AskAsync(() => master.Answer(call))),
        "/health" or "/master/health" => Task.CompletedTask,
        _ => throw new CallRefusedException(404, $"There is nothing at {context.Request.Path}: the master serves /api/v1/scheduler, /api/v1 and /health."),
    };

    private async Task SchedulerAsync(HttpContext context, CancellationToken stopping)
    {
        string? principal = _schedulers.Authenticate(context);
        SchedulerCall call = await HttpCalls.ReadAsync<SchedulerCall>(context).ConfigureAwait(false);
        string streamId = context.Request.Headers[StreamIdHeader].ToString();
        if (call.Type != SchedulerCall.Types.Type.Subscribe)
        {
            await master.Mailbox.AskAsync(() => master.Handle(call, streamId, principal)).ConfigureAwait(false);
            context.Response.StatusCode = StatusCodes.Status202Accepted;
            return;
        }

        if (streamId.Length > 0)
        {
            throw new CallRefusedException(400, "Subscribe calls should not include the 'Mesos-Stream-Id' header.");
        }

        var stream = new EventStream<SchedulerEvent>(HttpCalls.Accepted(context.Request));
        await master.Mailbox.AskAsync(() => master.Subscribe(call, stream, principal)).ConfigureAwait(false);
        context.Response.Headers[StreamIdHeader] = stream.Id;
        try
        {
            await stream.RunAsync(context, stopping).ConfigureAwait(false);
        }
        finally
        {
            if (!stopping.IsCancellationRequested)
            {
                master.Mailbox.Post(() => master.Disconnected(stream));
            }
        }
    }
}
