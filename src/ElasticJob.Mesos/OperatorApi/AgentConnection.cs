using ElasticJob.Mesos.Errors;
using ElasticJob.Mesos.Http;
using ElasticJob.Mesos.V1.Agent;
using FileInfo = ElasticJob.Mesos.V1.FileInfo;

namespace ElasticJob.Mesos.OperatorApi;

/// <summary>Questions to an agent. Every method throws <see cref="MesosException"/> when the agent is not reached or refuses.</summary>
/// <param name="agent">Address of the agent, such as <c>http://10.0.0.7:5051</c>.</param>
/// <param name="http">Made by <see cref="MesosTransport.Create"/>; stays the caller's to dispose.</param>
/// <param name="time">Measures timeouts.</param>
/// <param name="credential">For agents that ask for HTTP Basic.</param>
public sealed class AgentConnection(Uri agent, HttpMessageInvoker http, TimeProvider time, MesosCredential? credential = null)
    : OperatorConnection(agent, http, time, credential)
{
    /// <summary>Whether the agent says it is healthy.</summary>
    public async Task<bool> IsHealthyAsync(CancellationToken cancellationToken = default) =>
        (await AskAsync(Call.Types.Type.GetHealth, cancellationToken).ConfigureAwait(false)).GetHealth.Healthy;

    /// <summary>The version of the agent.</summary>
    public async Task<string> GetVersionAsync(CancellationToken cancellationToken = default) =>
        (await AskAsync(Call.Types.Type.GetVersion, cancellationToken).ConfigureAwait(false)).GetVersion.VersionInfo.Version;

    /// <summary>Tasks, executors and frameworks on the agent at one moment.</summary>
    public async Task<Response.Types.GetState> GetStateAsync(CancellationToken cancellationToken = default) =>
        (await AskAsync(Call.Types.Type.GetState, cancellationToken).ConfigureAwait(false)).GetState;

    /// <summary>The executors of the agent, running and completed.</summary>
    public async Task<Response.Types.GetExecutors> GetExecutorsAsync(CancellationToken cancellationToken = default) =>
        (await AskAsync(Call.Types.Type.GetExecutors, cancellationToken).ConfigureAwait(false)).GetExecutors;

    /// <summary>The tasks of the agent.</summary>
    public async Task<Response.Types.GetTasks> GetTasksAsync(CancellationToken cancellationToken = default) =>
        (await AskAsync(Call.Types.Type.GetTasks, cancellationToken).ConfigureAwait(false)).GetTasks;

    /// <summary>The entries of a directory of a sandbox; each names its absolute path.</summary>
    /// <param name="path">A sandbox (see <see cref="SandboxPath"/>) or a directory in it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="MesosRefusedException">404: there is no such directory.</exception>
    public async Task<IReadOnlyList<FileInfo>> ListFilesAsync(string path, CancellationToken cancellationToken = default)
    {
        var call = new Call { Type = Call.Types.Type.ListFiles, ListFiles = new Call.Types.ListFiles { Path = path } };
        return (await AskAsync(call, Response.Parser, cancellationToken).ConfigureAwait(false)).ListFiles.FileInfos;
    }

    /// <summary>A piece of a file; agents give 16 memory pages (64 KiB) at most in one answer.</summary>
    /// <param name="path">A file in a sandbox (see <see cref="SandboxPath"/>).</param>
    /// <param name="offset">First byte wanted.</param>
    /// <param name="length">Bytes wanted at most; as many as the agent gives when absent.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="MesosRefusedException">404: there is no such file.</exception>
    public async Task<FileChunk> ReadFileAsync(string path, ulong offset, ulong? length = null, CancellationToken cancellationToken = default)
    {
        var read = new Call.Types.ReadFile { Path = path, Offset = offset };
        if (length is { } most)
        {
            read.Length = most;
        }

        Response response = await AskAsync(
            new Call { Type = Call.Types.Type.ReadFile, ReadFile = read }, Response.Parser, cancellationToken).ConfigureAwait(false);
        return new FileChunk(response.ReadFile.Size, response.ReadFile.Data.Memory);
    }

    private Task<Response> AskAsync(Call.Types.Type type, CancellationToken cancellationToken) =>
        AskAsync(new Call { Type = type }, Response.Parser, cancellationToken);
}
