using ElasticJob.Mesos.Errors;
using ElasticJob.Mesos.Http;
using ElasticJob.Mesos.OperatorApi;
using ElasticJob.Scheduler.Api.Logs;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduler.Cluster;

/// <summary>Reads task logs through the operator API of the agent that keeps the sandbox.</summary>
public sealed class SandboxLogReader(HttpMessageInvoker http, TimeProvider time, MesosCredential? credential = null) : ITaskLogReader
{
    /// <inheritdoc/>
    public async ValueTask<TaskLogPart> ReadAsync(TaskView task, long offset, int length, CancellationToken cancellationToken)
    {
        if (task.AgentAddress is not { } address || task.Sandbox is not { } sandbox || task.Log is not { } log)
        {
            throw new TaskLogException($"Task {task.Id} has no log: it never reached an executor that writes one.");
        }

        var agent = new AgentConnection(new Uri($"http://{address}"), http, time, credential);
        try
        {
            FileChunk chunk = await agent.ReadFileAsync($"{sandbox}/{log}", (ulong)offset, (ulong)length, cancellationToken).ConfigureAwait(false);
            return new TaskLogPart(chunk.Data, (long)chunk.Size);
        }
        catch (MesosRefusedException e)
        {
            throw new TaskLogException($"The log of task {task.Id} is not on agent {address} any more ({e.Status}); agents remove old sandboxes.", e);
        }
        catch (MesosException e)
        {
            throw new TaskLogException($"Agent {address}, which keeps the log of task {task.Id}, was not reached: {e.Message}", e);
        }
    }
}
