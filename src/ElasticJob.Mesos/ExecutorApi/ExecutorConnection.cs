using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using ElasticJob.Mesos.Errors;
using ElasticJob.Mesos.Http;
using ElasticJob.Mesos.V1;
using ElasticJob.Mesos.V1.Executor;

namespace ElasticJob.Mesos.ExecutorApi;

/// <summary>An executor's connection to its agent (<c>/api/v1/executor</c>). Calls are sent one after the other, in order of submission.</summary>
public sealed class ExecutorConnection
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    private readonly CallPoster poster;
    private readonly TimeProvider time;
    private readonly Uri address;
    private readonly FrameworkID frameworkId;
    private readonly ExecutorID executorId;
    private readonly CallLine line = new();
    private volatile Subscription? current;

    /// <summary>Makes a connection; nothing is sent before <see cref="SubscribeAsync"/>.</summary>
    /// <param name="environment">What the agent told this executor.</param>
    /// <param name="http">Made by <see cref="MesosTransport.Create"/>; stays the caller's to dispose.</param>
    /// <param name="time">Measures timeouts.</param>
    public ExecutorConnection(ExecutorEnvironment environment, HttpMessageInvoker http, TimeProvider time)
    {
        this.time = time;
        address = new Uri(environment.Agent, "/api/v1/executor");
        frameworkId = new FrameworkID { Value = environment.FrameworkId };
        executorId = new ExecutorID { Value = environment.ExecutorId };
        poster = new CallPoster(
            http,
            string.IsNullOrEmpty(environment.AuthenticationToken) ? null : new AuthenticationHeaderValue("Bearer", environment.AuthenticationToken),
            time);
    }

    /// <summary>Subscribes once and yields events until the agent closes the stream.</summary>
    /// <param name="subscribe">What the agent has not acknowledged yet: tasks and updates.</param>
    /// <param name="cancellationToken">Ends the subscription.</param>
    /// <exception cref="MesosUnavailableException">The agent is not there or still recovering.</exception>
    /// <exception cref="MesosRefusedException">The agent does not know this executor, or its token.</exception>
    /// <exception cref="MesosConnectionLostException">The stream broke.</exception>
    public async IAsyncEnumerable<Event> SubscribeAsync(
        Call.Types.Subscribe subscribe, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var call = new Call { Type = Call.Types.Type.Subscribe, Subscribe = subscribe, ExecutorId = executorId, FrameworkId = frameworkId };
        using HttpResponseMessage response = await poster.PostAsync(address, call, null, CallTimeout, cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
        {
            throw await poster.FaultAsync(address, response, CallTimeout, cancellationToken).ConfigureAwait(false);
        }

        var mine = new Subscription(
            response.Headers.TryGetValues(CallPoster.StreamIdHeader, out IEnumerable<string>? ids) ? ids.First() : null);
        current = mine;
        try
        {
            // No watch for silence: agents send heartbeats to executors every half an hour at most, or never (before Mesos 1.10),
            // and an agent on the same host that dies closes its connections.
            var stream = new EventStream<Event>(response, Event.Parser, time);
            await foreach (Event next in stream.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return next;
            }
        }
        finally
        {
            Interlocked.CompareExchange(ref current, null, mine);
        }
    }

    /// <summary>Sends one call, after all calls submitted before it; the ids of executor and framework are filled in.</summary>
    /// <param name="call">UPDATE, MESSAGE or HEARTBEAT.</param>
    /// <param name="cancellationToken">Gives up waiting; whether a call under way was carried out is then unknown.</param>
    /// <exception cref="MesosException">The call was not accepted; <see cref="MesosException.OutcomeUnknown"/> says what is certain.</exception>
    public async ValueTask SendAsync(Call call, CancellationToken cancellationToken = default)
    {
        call.ExecutorId = executorId;
        call.FrameworkId = frameworkId;
        await line.RunAsync(
            token =>
            {
                Subscription subscription = current ?? throw new MesosNotSubscribedException();
                return poster.SendAsync(address, call, subscription.StreamId, CallTimeout, token);
            },
            cancellationToken).ConfigureAwait(false);
    }

    private sealed record Subscription(string? StreamId);
}
