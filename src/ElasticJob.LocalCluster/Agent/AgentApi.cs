using ElasticJob.Local.Http;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using AgentCall = ElasticJob.Mesos.V1.Agent.Call;
using AgentResponse = ElasticJob.Mesos.V1.Agent.Response;

namespace ElasticJob.Local.Agent;

/// <summary>An agent's HTTP: <c>/api/v1/executor</c>, <c>/api/v1</c>, <c>/health</c>.</summary>
internal sealed class AgentApi(ClusterAgent agent, LocalClusterOptions options)
{
    private const string Bearer = "Bearer ";
    private readonly BasicCredentials _operators = new(options.Credentials, "mesos-agent-readonly");
    private readonly SandboxFiles _files = new(agent.SandboxRoot);

    public Task HandleAsync(HttpContext context, CancellationToken stopping) => context.Request.Path.Value switch
    {
        "/api/v1/executor" => ExecutorAsync(context, stopping),
        "/api/v1" => HttpCalls.AnswerAsync<AgentCall>(context, _operators, AnswerAsync),
        "/health" or "/slave(1)/health" => Task.CompletedTask,
        _ => throw new CallRefusedException(404, $"There is nothing at {context.Request.Path}: an agent serves /api/v1/executor, /api/v1 and /health."),
    };

    private async Task ExecutorAsync(HttpContext context, CancellationToken stopping)
    {
        string header = context.Request.Headers.Authorization.ToString();
        string? token = header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..] : null;
        ExecutorCall call = await HttpCalls.ReadAsync<ExecutorCall>(context).ConfigureAwait(false);
        if (call.Type != ExecutorCall.Types.Type.Subscribe)
        {
            await agent.Mailbox.AskAsync(() => agent.Handle(call, token)).ConfigureAwait(false);
            context.Response.StatusCode = StatusCodes.Status202Accepted;
            return;
        }

        var stream = new EventStream<ExecutorEvent>(HttpCalls.Accepted(context.Request));
        await agent.Mailbox.AskAsync(() => agent.Subscribe(call, stream, token)).ConfigureAwait(false);
        try
        {
            await stream.RunAsync(context, stopping).ConfigureAwait(false);
        }
        finally
        {
            agent.Mailbox.Post(() => agent.Disconnected(stream));
        }
    }

    private Task<IMessage> AnswerAsync(AgentCall call) => call.Type switch
    {
        AgentCall.Types.Type.ListFiles => Task.FromResult<IMessage>(ListFiles(call)),
        AgentCall.Types.Type.ReadFile => Task.FromResult<IMessage>(ReadFile(call)),
        _ => agent.Mailbox.AskAsync(() => agent.Answer(call)),
    };

    private AgentResponse ListFiles(AgentCall call)
    {
        var answer = new AgentResponse { Type = AgentResponse.Types.Type.ListFiles, ListFiles = new AgentResponse.Types.ListFiles() };
        answer.ListFiles.FileInfos.Add(_files.List((call.ListFiles ?? throw CallRefusedException.Missing("agent", "list_files")).Path));
        return answer;
    }

    private AgentResponse ReadFile(AgentCall call)
    {
        AgentCall.Types.ReadFile wanted = call.ReadFile ?? throw CallRefusedException.Missing("agent", "read_file");
        (ulong size, byte[] data) = _files.Read(wanted.Path, wanted.Offset, wanted.HasLength ? wanted.Length : null);
        return new AgentResponse
        {
            Type = AgentResponse.Types.Type.ReadFile,
            ReadFile = new AgentResponse.Types.ReadFile { Size = size, Data = ByteString.CopyFrom(data) },
        };
    }
}
