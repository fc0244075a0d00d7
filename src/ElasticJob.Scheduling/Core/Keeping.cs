using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.State;

namespace ElasticJob.Scheduling.Core;

/// <summary>Keeps records of others in the same commits as the core's own.</summary>
internal sealed class Keeping(World world, Changes changes, AuditTrail trail)
{
    /// <summary>Compare and swap over opaque records: whoever decided on something that changed meanwhile must decide again.</summary>
    public CommandResult Keep(Command.Keep keep)
    {
        foreach (KeptRecord record in keep.Records)
        {
            if (!record.Key.StartsWith(KeptRecord.Prefix, StringComparison.Ordinal))
            {
                return new CommandResult(CommandStatus.Invalid, $"{record.Key} is not a key of kept records");
            }

            byte[]? stored = world.Kept.GetValueOrDefault(record.Key);
            if (stored is null != record.Before is null || !stored.AsSpan().SequenceEqual(record.Before))
            {
                return new CommandResult(CommandStatus.Conflict, "it was changed in the meantime; try again");
            }
        }

        foreach (KeptRecord record in keep.Records)
        {
            if (record.Value is { } value)
            {
                world.Kept[record.Key] = value;
            }
            else
            {
                world.Kept.Remove(record.Key);
            }

            changes.Write(record.Key, record.Value);
        }

        foreach (AuditChange change in keep.Changes ?? [])
        {
            trail.Add(change.Kind, change.Name, change.Change, () => change.Differences);
        }

        return CommandResult.Done;
    }
}
