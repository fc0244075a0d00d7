using ElasticJob.Local.Http;
using ElasticJob.Local.Messaging;

namespace ElasticJob.Local.Master;

/// <content>Subscription, fencing, failover and the end of frameworks.</content>
internal sealed partial class ClusterMaster
{
    /// <summary>Subscribes a scheduler; what it is told next comes through <paramref name="stream"/>.</summary>
    public bool Subscribe(SchedulerCall call, EventStream<SchedulerEvent> stream, string? principal)
    {
        FrameworkInfo info = Part(call.Subscribe, "subscribe").FrameworkInfo
            ?? throw CallRefusedException.Missing("scheduler", "framework_info");
        info = info.Clone();
        CheckIds(call, info);
        if (Fault(info, principal) is { } fault)
        {
            Fail(stream, fault);
            return false;
        }

        if (info.Id is null || info.Id.Value.Length == 0)
        {
            info.Id = _registry.NewFrameworkId();
        }
        else if (_completed.Contains(info.Id))
        {
            Fail(stream, "Framework has been removed");
            return false;
        }

        if (_frameworks.TryGetValue(info.Id, out FrameworkEntry? framework))
        {
            if (framework.Stream is { } older)
            {
                Fail(older, "Framework failed over");
            }

            Deactivate(framework);
        }
        else
        {
            framework = new FrameworkEntry(info);
            _frameworks.Add(info.Id, framework);
        }

        Activate(framework, info, stream, principal, call.Subscribe.SuppressedRoles);
        return true;
    }

    /// <summary>A stream has ended; if it was the framework's current one, the time to fail over starts.</summary>
    public void Disconnected(EventStream<SchedulerEvent> stream)
    {
        FrameworkEntry? framework = _frameworks.Values.FirstOrDefault(one => ReferenceEquals(one.Stream, stream));
        if (framework is null)
        {
            return;
        }

        ClusterLog.FrameworkDisconnected(_logger, framework.Id.Value, framework.Info.FailoverTimeout);
        Deactivate(framework);
        AwaitFailover(framework);
        _allocationWanted = true;
    }

    private static void CheckIds(SchedulerCall call, FrameworkInfo info)
    {
        string? inCall = call.FrameworkId?.Value;
        string? inInfo = info.Id?.Value;
        if (!string.IsNullOrEmpty(inCall) && inCall != inInfo)
        {
            throw new CallRefusedException(400, "Failed to validate scheduler::Call: 'framework_id' differs from 'subscribe.framework_info.id'.");
        }
    }

    private static string? Fault(FrameworkInfo info, string? principal)
    {
        if (principal is not null && info.HasPrincipal && info.Principal != principal)
        {
            return $"Framework principal '{info.Principal}' does not match the authenticated principal '{principal}'";
        }

        if (info.User.Length == 0)
        {
            // A Mesos master lets it pass, and every executor then fails at an agent that switches users.
            return "'FrameworkInfo.user' must be set: over HTTP nobody fills it in, and agents switch to that user";
        }

        bool multiRole = info.Capabilities.Any(one => one.Type == FrameworkInfo.Types.Capability.Types.Type.MultiRole);
        if (multiRole && info.HasRole)
        {
            return "'FrameworkInfo.role' must not be set when the framework is MULTI_ROLE capable: use 'roles'";
        }

        if (!multiRole && info.Roles.Count > 0)
        {
            return "'FrameworkInfo.roles' must not be set when the framework is not MULTI_ROLE capable";
        }

        foreach (string role in multiRole ? [.. info.Roles] : new[] { info.Role })
        {
            if (TaskValidation.RoleFault(role) is { } fault)
            {
                return fault;
            }
        }

        if (info.Id is { Value.Length: > 0 } && TaskValidation.IdFault("FrameworkID", info.Id.Value) is { } idFault)
        {
            return idFault;
        }

        return double.IsFinite(info.FailoverTimeout) && info.FailoverTimeout >= 0
            ? null
            : "'FrameworkInfo.failover_timeout' must be a number of seconds that is not negative";
    }

    private static void Fail(EventStream<SchedulerEvent> stream, string message)
    {
        stream.Send(new SchedulerEvent
        {
            Type = SchedulerEvent.Types.Type.Error,
            Error = new SchedulerEvent.Types.Error { Message = message },
        });
        stream.Close();
    }

    private void Activate(
        FrameworkEntry framework,
        FrameworkInfo info,
        EventStream<SchedulerEvent> stream,
        string? principal,
        IEnumerable<string> suppressed)
    {
        framework.FailoverTimer?.Dispose();
        framework.FailoverTimer = null;
        framework.Info = info;
        framework.Principal = principal;
        framework.Stream = stream;
        framework.SuppressedRoles.Clear();
        framework.SuppressedRoles.UnionWith(suppressed);
        _registry.Keep(info);
        stream.Send(new SchedulerEvent
        {
            Type = SchedulerEvent.Types.Type.Subscribed,
            Subscribed = new SchedulerEvent.Types.Subscribed
            {
                FrameworkId = info.Id,
                HeartbeatIntervalSeconds = _options.HeartbeatInterval.TotalSeconds,
                MasterInfo = Info,
            },
        });
        var heartbeat = new SchedulerEvent { Type = SchedulerEvent.Types.Type.Heartbeat };
        stream.Send(heartbeat);
        framework.HeartbeatTimer = _options.Time.CreateTimer(
            _ => stream.Send(heartbeat), null, _options.HeartbeatInterval, _options.HeartbeatInterval);
        foreach (AgentEntry agent in _agents.Values)
        {
            Tell(agent, new FrameworkConnected(info));
        }

        ClusterLog.FrameworkSubscribed(_logger, info.Name, info.Id.Value);
        _allocationWanted = true;
    }

    /// <summary>No scheduler: no offers, no filters, no heartbeats.</summary>
    private void Deactivate(FrameworkEntry framework)
    {
        framework.Stream?.Close();
        framework.Stream = null;
        framework.HeartbeatTimer?.Dispose();
        framework.HeartbeatTimer = null;
        ClearFilters(framework, _ => true);
        foreach (OfferEntry offer in framework.Offers.Values.ToList())
        {
            Withdraw(offer);
        }
    }

    private void AwaitFailover(FrameworkEntry framework)
    {
        double seconds = Math.Min(framework.Info.FailoverTimeout, TimeSpan.FromDays(49).TotalSeconds);
        framework.FailoverTimer?.Dispose();
        framework.FailoverTimer = _options.Time.CreateTimer(
            _ => Mailbox.Post(() =>
            {
                if (framework.Stream is null && _frameworks.ContainsKey(framework.Id))
                {
                    Remove(framework, "its failover timeout has passed");
                }
            }),
            null,
            TimeSpan.FromSeconds(seconds),
            Timeout.InfiniteTimeSpan);
    }

    private void Remove(FrameworkEntry framework, string why)
    {
        ClusterLog.FrameworkRemoved(_logger, framework.Id.Value, why);
        Deactivate(framework);
        framework.FailoverTimer?.Dispose();
        foreach (AgentEntry agent in _agents.Values)
        {
            Tell(agent, new ShutdownFramework(framework.Id));
        }

        // Resources of its executors and tasks come back as the agents report the executors' exits.
        foreach (TaskEntry task in framework.Tasks.Values.ToList())
        {
            if (!task.IsTerminal)
            {
                task.State = TaskState.TaskKilled;
                Release(task);
            }
        }

        _frameworks.Remove(framework.Id);
        _completed.Add(framework.Id);
        _registry.Complete(framework.Info);
        _allocationWanted = true;
    }
}
