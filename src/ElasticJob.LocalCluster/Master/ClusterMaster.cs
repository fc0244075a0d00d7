using ElasticJob.Local.Checkpoints;
using ElasticJob.Local.Http;
using ElasticJob.Local.Messaging;

namespace ElasticJob.Local.Master;

/// <summary>
/// The master: frameworks, agents, offers and tasks. All of it is touched by one loop only, that of <see cref="Mailbox"/>; after each batch of
/// messages free resources are offered once.
/// </summary>
internal sealed partial class ClusterMaster : IAsyncDisposable
{
    private readonly LocalClusterOptions _options;
    private readonly ILogger _logger;
    private readonly MasterRegistry _registry;
    private readonly Dictionary<FrameworkID, FrameworkEntry> _frameworks = [];
    private readonly Dictionary<AgentID, AgentEntry> _agents = [];
    private readonly Dictionary<OfferID, OfferEntry> _offers = [];
    private readonly HashSet<FrameworkID> _completed = [];
    private readonly DateTimeOffset _startedAt;
    private long _nextOffer;
    private bool _allocationWanted;

    public ClusterMaster(LocalClusterOptions options)
    {
        _options = options;
        _logger = options.LoggerFactory.CreateLogger("ElasticJob.LocalCluster.Master");
        _registry = new MasterRegistry(Path.Combine(options.WorkDirectory, "meta", "master"));
        _startedAt = options.Time.GetUtcNow();
        Recover();
        Mailbox = new Mailbox(AllocateIfWanted, _logger);
    }

    public Mailbox Mailbox { get; }

    public string Id => _registry.Id;

    /// <summary>Set once the port is known.</summary>
    public MasterInfo Info { get; set; } = new();

    /// <summary>Takes what an agent says, or what is said about it.</summary>
    public void Deliver(ToMaster message) => Mailbox.Post(() => Receive(message));

    /// <summary>Completes when everything that was delivered before has been taken in, such as the registration of an agent.</summary>
    public Task CaughtUpAsync() => Mailbox.AskAsync(() => true);

    public async ValueTask DisposeAsync()
    {
        await Mailbox.DisposeAsync().ConfigureAwait(false);
        foreach (FrameworkEntry framework in _frameworks.Values)
        {
            framework.Stream?.Close();
            framework.HeartbeatTimer?.Dispose();
            framework.FailoverTimer?.Dispose();
            framework.Filters.ForEach(filter => filter.Expiry?.Dispose());
        }

        foreach (OfferEntry offer in _offers.Values)
        {
            offer.Timeout?.Dispose();
        }
    }

    /// <summary>Answers a call other than SUBSCRIBE: the refusal if it is refused, otherwise nothing.</summary>
    /// <exception cref="CallRefusedException">The call cannot be accepted.</exception>
    public bool Handle(SchedulerCall call, string? streamId, string? principal)
    {
        FrameworkEntry framework = Authorised(call, streamId, principal);
        switch (call.Type)
        {
            case SchedulerCall.Types.Type.Teardown: Remove(framework, "the framework asked for its teardown"); break;
            case SchedulerCall.Types.Type.Accept: Accept(framework, Part(call.Accept, "accept")); break;
            case SchedulerCall.Types.Type.Decline: Decline(framework, Part(call.Decline, "decline")); break;
            case SchedulerCall.Types.Type.Revive: Revive(framework, call.Revive); break;
            case SchedulerCall.Types.Type.Suppress: Suppress(framework, call.Suppress); break;
            case SchedulerCall.Types.Type.Kill: Kill(framework, Part(call.Kill, "kill")); break;
            case SchedulerCall.Types.Type.Shutdown: Shutdown(framework, Part(call.Shutdown, "shutdown")); break;
            case SchedulerCall.Types.Type.Acknowledge: Acknowledge(framework, Part(call.Acknowledge, "acknowledge")); break;
            case SchedulerCall.Types.Type.Reconcile: Reconcile(framework, Part(call.Reconcile, "reconcile")); break;
            case SchedulerCall.Types.Type.Message: Message(framework, Part(call.Message, "message")); break;
            case SchedulerCall.Types.Type.AcceptInverseOffers or SchedulerCall.Types.Type.DeclineInverseOffers: break;
            case SchedulerCall.Types.Type.Request: break;
            default: throw new CallRefusedException(400, $"Failed to validate scheduler::Call: the call type {call.Type} is not supported by this master.");
        }

        return true;
    }

    private static T Part<T>(T? part, string name)
        where T : class => part ?? throw CallRefusedException.Missing("scheduler", name);

    private FrameworkEntry Authorised(SchedulerCall call, string? streamId, string? principal)
    {
        if (!call.HasType || call.Type == SchedulerCall.Types.Type.Unknown)
        {
            throw CallRefusedException.Missing("scheduler", "type");
        }

        if (call.FrameworkId is null)
        {
            throw CallRefusedException.Missing("scheduler", "framework_id");
        }

        if (!_frameworks.TryGetValue(call.FrameworkId, out FrameworkEntry? framework))
        {
            throw new CallRefusedException(400, "Framework cannot be found.");
        }

        if (principal is not null && framework.Principal != principal)
        {
            throw new CallRefusedException(403, $"Authenticated principal '{principal}' is not the principal of framework {call.FrameworkId.Value}.");
        }

        if (framework.Stream is null)
        {
            throw new CallRefusedException(403, "Framework is not subscribed.");
        }

        if (string.IsNullOrEmpty(streamId))
        {
            throw new CallRefusedException(400, "All non-subscribe calls should include the 'Mesos-Stream-Id' header.");
        }

        if (streamId != framework.Stream.Id)
        {
            throw new CallRefusedException(
                400,
                $"The stream ID '{streamId}' included in this request didn't match the stream ID currently associated with framework ID {call.FrameworkId.Value}.");
        }

        return framework;
    }

    private void Recover()
    {
        foreach (FrameworkInfo info in _registry.CompletedFrameworks)
        {
            _completed.Add(info.Id);
        }

        foreach (FrameworkInfo info in _registry.Frameworks)
        {
            var framework = new FrameworkEntry(info) { Principal = info.HasPrincipal ? info.Principal : null };
            _frameworks[info.Id] = framework;
            AwaitFailover(framework);
        }

        foreach (AgentInfo info in _registry.Agents)
        {
            _agents[info.Id] = new AgentEntry(info) { Recovering = true };
        }
    }

    private void Receive(ToMaster message)
    {
        switch (message)
        {
            case RegisterAgent register: Register(register); break;
            case ForwardStatus forward: Forward(forward); break;
            case ExecutorExited exited: Exited(exited); break;
            case MessageToFramework data: Deliver(data); break;
            case AgentDisconnected gone: Disconnect(gone.Agent); break;
            default: throw new InvalidOperationException($"The master does not know the message {message.GetType().Name}.");
        }
    }

    private void Tell(AgentEntry agent, ToAgent message) => agent.Link?.Send(message);
}
