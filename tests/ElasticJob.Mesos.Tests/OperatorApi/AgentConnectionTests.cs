using System.Net;
using ElasticJob.Mesos.Errors;
using ElasticJob.Mesos.Http;
using ElasticJob.Mesos.OperatorApi;
using ElasticJob.Mesos.V1.Agent;
using Google.Protobuf;

namespace ElasticJob.Mesos.Tests.OperatorApi;

public sealed class AgentConnectionTests
{
    [Fact]
    public async Task ReadFileAsync_FileInSandbox_GivesBytesAndSize()
    {
        await using MesosServer agent = await MesosServer.StartAsync(async (context, body) =>
        {
            Call call = Call.Parser.ParseFrom(body);
            call.ReadFile.Path.ShouldBe("/frameworks/F/executors/E/runs/latest/stdout");
            call.ReadFile.Offset.ShouldBe(3ul);
            var read = new Response.Types.ReadFile { Size = 8, Data = ByteString.CopyFromUtf8("hello") };
            await context.Response.Body.WriteAsync(new Response { Type = Response.Types.Type.ReadFile, ReadFile = read }.ToByteArray());
        });
        using HttpMessageInvoker http = MesosTransport.Create();
        var connection = new AgentConnection(agent.Address, http, TimeProvider.System);
        FileChunk chunk = await connection.ReadFileAsync(
            $"{SandboxPath.Virtual("F", "E")}/stdout", 3, cancellationToken: TestContext.Current.CancellationToken);
        chunk.Size.ShouldBe(8ul);
        chunk.Data.ToArray().ShouldBe("hello"u8.ToArray());
        agent.Requests.Single().Path.ShouldBe("/api/v1");
    }

    [Fact]
    public async Task ListFilesAsync_NoSuchDirectory_Is404WithTheAgentsWords()
    {
        await using MesosServer agent = await MesosServer.StartAsync((context, _) => MesosServer.RefuseAsync(context, 404, "No such path"));
        using HttpMessageInvoker http = MesosTransport.Create();
        var connection = new AgentConnection(agent.Address, http, TimeProvider.System);
        MesosRefusedException fault = await Should.ThrowAsync<MesosRefusedException>(
            () => connection.ListFilesAsync("/nowhere", TestContext.Current.CancellationToken));
        fault.Status.ShouldBe(HttpStatusCode.NotFound);
        fault.Body.ShouldBe("No such path");
    }
}
