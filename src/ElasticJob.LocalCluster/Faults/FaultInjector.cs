using ElasticJob.Local.Messaging;

namespace ElasticJob.Local.Faults;

/// <summary>A gate that harms messages by rules; the first rule that takes a message decides about it. Without rules everything passes.</summary>
/// <param name="time">Measures delays.</param>
/// <param name="seed">Decides which messages are harmed.</param>
public sealed class FaultInjector(TimeProvider time, int seed = 1) : IMessageGate
{
    private static readonly TimeSpan DefaultPause = TimeSpan.FromSeconds(1);
    private readonly Lock _lock = new();
    private readonly Random _random = new(seed);
    private readonly HashSet<string> _cut = [];
    private readonly Dictionary<(MessageLeg Leg, string Agent), Action> _overtaken = [];
    private readonly HashSet<ITimer> _timers = [];
    private List<(FaultRule Rule, int Left)> _rules = [];

    /// <summary>Replaces all rules.</summary>
    public void Set(IEnumerable<FaultRule> rules)
    {
        lock (_lock)
        {
            _rules = [.. rules.Select(rule => (rule, rule.Times ?? int.MaxValue))];
        }
    }

    /// <summary>Nothing passes any more between the master and this agent.</summary>
    public void Cut(string agentId)
    {
        lock (_lock)
        {
            _cut.Add(agentId);
        }
    }

    /// <summary>The agent can be reached again.</summary>
    public void Join(string agentId)
    {
        lock (_lock)
        {
            _cut.Remove(agentId);
        }
    }

    /// <inheritdoc/>
    public void Carry(MessageLeg leg, string agentId, object message, Action deliver)
    {
        FaultRule? rule;
        TimeSpan pause = TimeSpan.Zero;
        Action? overtaken = null;
        lock (_lock)
        {
            if (leg is MessageLeg.MasterToAgent or MessageLeg.AgentToMaster && _cut.Contains(agentId))
            {
                return;
            }

            rule = Choose(leg, NameOf(message));
            if (rule is not null)
            {
                pause = (rule.Pause ?? DefaultPause) * (rule.Fault == MessageFault.Delay ? _random.NextDouble() : 1);
            }

            if (rule?.Fault == MessageFault.Reorder && _overtaken.TryAdd((leg, agentId), deliver))
            {
                Later(pause, () => TakeOvertaken(leg, agentId)?.Invoke());
                return;
            }

            _overtaken.Remove((leg, agentId), out overtaken);
        }

        switch (rule?.Fault)
        {
            case MessageFault.Drop:
                break;
            case MessageFault.Delay:
                Later(pause, deliver);
                break;
            case MessageFault.Duplicate:
                deliver();
                deliver();
                break;
            default:
                deliver();
                break;
        }

        overtaken?.Invoke();
    }

    private static string NameOf(object message) => message switch
    {
        ExecutorEvent told => told.Type.ToString(),
        ExecutorCall said => said.Type.ToString(),
        _ => message.GetType().Name,
    };

    private FaultRule? Choose(MessageLeg leg, string name)
    {
        for (int i = 0; i < _rules.Count; i++)
        {
            (FaultRule rule, int left) = _rules[i];
            if (left > 0 && (rule.Leg ?? leg) == leg && (rule.Message ?? name) == name && _random.NextDouble() < rule.Chance)
            {
                _rules[i] = (rule, left - 1);
                return rule;
            }
        }

        return null;
    }

    private Action? TakeOvertaken(MessageLeg leg, string agent)
    {
        lock (_lock)
        {
            return _overtaken.Remove((leg, agent), out Action? deliver) ? deliver : null;
        }
    }

    private void Later(TimeSpan pause, Action deliver)
    {
        ITimer? timer = null;
        timer = time.CreateTimer(
            _ =>
            {
                lock (_lock)
                {
                    _timers.Remove(timer!);
                }

                timer!.Dispose();
                deliver();
            },
            null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
        lock (_lock)
        {
            // A timer that nobody refers to is collected and never rings.
            _timers.Add(timer);
        }

        timer.Change(pause, Timeout.InfiniteTimeSpan);
    }
}
