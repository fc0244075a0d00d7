using System.Runtime.CompilerServices;
using ElasticJob.Mesos.Errors;
using ElasticJob.Mesos.Http;
using ElasticJob.Mesos.V1;
using ElasticJob.Mesos.V1.Scheduler;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Mesos.SchedulerApi;

/// <summary>
/// A framework's connection to the leading master (<c>/api/v1/scheduler</c>). One subscription at a time; calls are sent one after
/// the other, in the order in which they were submitted.
/// </summary>
public sealed partial class SchedulerConnection
{
    private const string Path = "/api/v1/scheduler";
    private const int LongestRedirectChain = 5;
    private const double DefaultHeartbeatSeconds = 15;

    private readonly SchedulerConnectionOptions options;
    private readonly CallPoster poster;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly CallLine line = new();
    private volatile Subscription? current;
    private Uri? lastLeader;

    /// <summary>Makes a connection; nothing is sent before <see cref="SubscribeAsync"/>.</summary>
    /// <param name="options">Where the masters are.</param>
    /// <param name="http">Made by <see cref="MesosTransport.Create"/>; stays the caller's to dispose.</param>
    /// <param name="time">Measures timeouts and missed heartbeats.</param>
    /// <param name="logger">Where redirects and refusals are written.</param>
    public SchedulerConnection(SchedulerConnectionOptions options, HttpMessageInvoker http, TimeProvider time, ILogger logger)
    {
        if (options.Masters.Count == 0 && options.Directory is null)
        {
            throw new ArgumentException("There is no master to connect to.", nameof(options));
        }

        this.options = options;
        this.time = time;
        this.logger = logger;
        poster = new CallPoster(http, CallPoster.Basic(options.Credential), time);
    }

    /// <summary>The address of the master that accepted the subscription that stands; otherwise <see langword="null"/>.</summary>
    public Uri? Leader => current?.Address;

    /// <summary>
    /// Subscribes once and yields events until the stream ends. Each known master is tried once, the last leader first, redirects are
    /// followed; the caller subscribes again, after a <see cref="ReconnectBackoff"/>, when this ends or throws.
    /// </summary>
    /// <param name="subscribe">The framework; with its id set it takes over from an earlier subscription of that id.</param>
    /// <param name="cancellationToken">Ends the subscription.</param>
    /// <exception cref="MesosUnavailableException">No master could be reached or is ready to lead.</exception>
    /// <exception cref="MesosRefusedException">The leader refused: bad call or bad credentials.</exception>
    /// <exception cref="MesosConnectionLostException">The stream broke or heartbeats stayed away.</exception>
    public async IAsyncEnumerable<Event> SubscribeAsync(
        Call.Types.Subscribe subscribe, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var call = new Call { Type = Call.Types.Type.Subscribe, Subscribe = subscribe, FrameworkId = subscribe.FrameworkInfo.Id };
        (Uri address, HttpResponseMessage response) = await OpenAsync(call, cancellationToken).ConfigureAwait(false);
        using (response)
        {
            string? streamId = response.Headers.TryGetValues(CallPoster.StreamIdHeader, out IEnumerable<string>? ids) ? ids.First() : null;
            var mine = new Subscription(address, streamId, subscribe.FrameworkInfo.Id);
            var stream = new EventStream<Event>(response, Event.Parser, time) { Silence = SilenceFor(DefaultHeartbeatSeconds) };
            try
            {
                await foreach (Event next in stream.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    if (next.Type == Event.Types.Type.Subscribed)
                    {
                        if (next.Subscribed?.FrameworkId is null)
                        {
                            throw new MesosConnectionLostException($"{address} confirmed a subscription and gave no id of the framework.");
                        }

                        lastLeader = address;
                        current = mine = mine with { FrameworkId = next.Subscribed.FrameworkId };
                        stream.Silence = SilenceFor(next.Subscribed.HeartbeatIntervalSeconds);
                        LogSubscribed(address, next.Subscribed.FrameworkId.Value);
                    }

                    yield return next;
                }
            }
            finally
            {
                Interlocked.CompareExchange(ref current, null, mine);
            }
        }
    }

    /// <summary>Sends one call of the standing subscription, after all calls submitted before it. Its framework id is filled in if absent.</summary>
    /// <param name="call">Any call but SUBSCRIBE.</param>
    /// <param name="cancellationToken">Gives up waiting; whether a call under way was carried out is then unknown.</param>
    /// <exception cref="MesosException">The call was not accepted; <see cref="MesosException.OutcomeUnknown"/> says what is certain.</exception>
    public async ValueTask SendAsync(Call call, CancellationToken cancellationToken = default)
    {
        if (call.Type == Call.Types.Type.Subscribe)
        {
            throw new ArgumentException("SUBSCRIBE is not a call of a subscription; use SubscribeAsync.", nameof(call));
        }

        await line.RunAsync(
            token =>
            {
                Subscription subscription = current ?? throw new MesosNotSubscribedException();
                call.FrameworkId ??= subscription.FrameworkId;
                return poster.SendAsync(subscription.Address, call, subscription.StreamId, options.CallTimeout, token);
            },
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<(Uri Address, HttpResponseMessage Response)> OpenAsync(Call call, CancellationToken cancellationToken)
    {
        var tried = new HashSet<Uri>();
        var faults = new List<MesosException>();
        foreach (Uri start in await KnownAsync(cancellationToken).ConfigureAwait(false))
        {
            Uri? address = start;
            for (int hop = 0; hop <= LongestRedirectChain && address is not null && tried.Add(address); hop++)
            {
                try
                {
                    HttpResponseMessage response =
                        await poster.PostAsync(address, call, null, options.CallTimeout, cancellationToken).ConfigureAwait(false);
                    if (response.IsSuccessStatusCode)
                    {
                        return (address, response);
                    }

                    using (response)
                    {
                        Uri? target = CallPoster.RedirectTarget(address, response);
                        if (target is null)
                        {
                            throw await poster.FaultAsync(address, response, options.CallTimeout, cancellationToken).ConfigureAwait(false);
                        }

                        LogRedirected(address, target);
                        address = target;
                    }
                }
                catch (MesosException e) when (e is not MesosRefusedException)
                {
                    LogNotReached(address!, e.Message);
                    faults.Add(e);
                    address = null;
                }
            }
        }

        throw new MesosUnavailableException(
            faults.Count == 0
                ? "The masters name each other as leader and none leads."
                : string.Join(" ", faults.Select(fault => fault.Message)),
            faults.Count == 1 ? faults[0] : null);
    }

    /// <summary>Who may lead, the likeliest first.</summary>
    private async Task<IEnumerable<Uri>> KnownAsync(CancellationToken cancellationToken)
    {
        if (options.Directory is { } directory)
        {
            return await directory.FindLeaderAsync(cancellationToken).ConfigureAwait(false) is { } leader
                ? [new Uri(leader, Path)]
                : throw new MesosUnavailableException("No master leads at the moment.");
        }

        IEnumerable<Uri> known = options.Masters.Select(master => new Uri(master, Path));
        return lastLeader is null ? known : known.Prepend(lastLeader);
    }

    private TimeSpan SilenceFor(double heartbeatSeconds) =>
        TimeSpan.FromSeconds((heartbeatSeconds > 0 ? heartbeatSeconds : DefaultHeartbeatSeconds) * options.MissedHeartbeats);

    [LoggerMessage(1100, LogLevel.Information, "Subscribed at {Address} as framework {FrameworkId}.")]
    private partial void LogSubscribed(Uri address, string frameworkId);

    [LoggerMessage(1101, LogLevel.Information, "{Address} does not lead; it names {Target}.")]
    private partial void LogRedirected(Uri address, Uri target);

    [LoggerMessage(1102, LogLevel.Warning, "No subscription at {Address}: {Reason}")]
    private partial void LogNotReached(Uri address, string reason);

    private sealed record Subscription(Uri Address, string? StreamId, FrameworkID? FrameworkId);
}
