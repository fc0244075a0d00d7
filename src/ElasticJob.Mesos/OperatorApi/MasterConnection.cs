using ElasticJob.Mesos.Errors;
using ElasticJob.Mesos.Http;
using ElasticJob.Mesos.V1.Master;

namespace ElasticJob.Mesos.OperatorApi;

/// <summary>Questions to a master. Every method throws <see cref="MesosException"/> when the master is not reached or refuses.</summary>
/// <param name="master">Address of a master, such as <c>http://10.0.0.1:5050</c>; one that does not lead redirects to the leader.</param>
/// <param name="http">Made by <see cref="MesosTransport.Create"/>; stays the caller's to dispose.</param>
/// <param name="time">Measures timeouts.</param>
/// <param name="credential">For masters that ask for HTTP Basic.</param>
public sealed class MasterConnection(Uri master, HttpMessageInvoker http, TimeProvider time, MesosCredential? credential = null)
    : OperatorConnection(master, http, time, credential)
{
    /// <summary>Whether the master says it is healthy.</summary>
    public async Task<bool> IsHealthyAsync(CancellationToken cancellationToken = default) =>
        (await AskAsync(Call.Types.Type.GetHealth, cancellationToken).ConfigureAwait(false)).GetHealth.Healthy;

    /// <summary>The version of the master, such as <c>1.11.0</c>.</summary>
    public async Task<string> GetVersionAsync(CancellationToken cancellationToken = default) =>
        (await AskAsync(Call.Types.Type.GetVersion, cancellationToken).ConfigureAwait(false)).GetVersion.VersionInfo.Version;

    /// <summary>Tasks, executors, frameworks and agents at one moment.</summary>
    public async Task<Response.Types.GetState> GetStateAsync(CancellationToken cancellationToken = default) =>
        (await AskAsync(Call.Types.Type.GetState, cancellationToken).ConfigureAwait(false)).GetState;

    /// <summary>The registered agents with their resources.</summary>
    public async Task<Response.Types.GetAgents> GetAgentsAsync(CancellationToken cancellationToken = default) =>
        (await AskAsync(Call.Types.Type.GetAgents, cancellationToken).ConfigureAwait(false)).GetAgents;

    /// <summary>The executors known to the master.</summary>
    public async Task<Response.Types.GetExecutors> GetExecutorsAsync(CancellationToken cancellationToken = default) =>
        (await AskAsync(Call.Types.Type.GetExecutors, cancellationToken).ConfigureAwait(false)).GetExecutors;

    /// <summary>The tasks known to the master.</summary>
    public async Task<Response.Types.GetTasks> GetTasksAsync(CancellationToken cancellationToken = default) =>
        (await AskAsync(Call.Types.Type.GetTasks, cancellationToken).ConfigureAwait(false)).GetTasks;

    private Task<Response> AskAsync(Call.Types.Type type, CancellationToken cancellationToken) =>
        AskAsync(new Call { Type = type }, Response.Parser, cancellationToken);
}
