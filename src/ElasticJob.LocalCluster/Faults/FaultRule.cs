using ElasticJob.Local.Messaging;

namespace ElasticJob.Local.Faults;

/// <summary>What happens to some of the messages inside the cluster.</summary>
/// <param name="Fault">What is done to them.</param>
/// <param name="Leg">Only on this leg; on all when null.</param>
/// <param name="Message">Only messages of this name, such as <c>RunTask</c> or <c>Update</c>; all when null.</param>
/// <param name="Chance">How many of them, from 0 to 1.</param>
/// <param name="Pause">The longest delay; how long a message waits at most to be overtaken.</param>
/// <param name="Times">How often at most; without a limit when null.</param>
public sealed record FaultRule(
    MessageFault Fault,
    MessageLeg? Leg = null,
    string? Message = null,
    double Chance = 1,
    TimeSpan? Pause = null,
    int? Times = null);

/// <summary>What can go wrong with a message.</summary>
public enum MessageFault
{
    /// <summary>It does not arrive.</summary>
    Drop,

    /// <summary>It arrives later.</summary>
    Delay,

    /// <summary>It arrives twice.</summary>
    Duplicate,

    /// <summary>The next message of the same leg overtakes it.</summary>
    Reorder,
}
