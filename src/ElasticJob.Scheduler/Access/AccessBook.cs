using ElasticJob.Scheduling.State;

namespace ElasticJob.Scheduler.Access;

/// <summary>
/// Who has access, for every request to look up without waiting. The scheduler's loop fills it from the state store and turns its page after each
/// commit, before it answers: what is read here is durable, and whoever was answered finds his change here.
/// </summary>
public sealed class AccessBook
{
    private volatile AccessState now = AccessState.Empty;

    internal AccessState Now => now;

    /// <summary>Takes over from durable records.</summary>
    /// <exception cref="StateFormatException">A record cannot be read.</exception>
    public void Load(IEnumerable<Mutation> records) => now = Fold(AccessState.Empty, records);

    /// <summary>A batch was committed.</summary>
    public void Turn(IEnumerable<Mutation> committed) => now = Fold(now, committed);

    private static AccessState Fold(AccessState state, IEnumerable<Mutation> mutations)
    {
        foreach (Mutation mutation in mutations)
        {
            if (mutation.Key.StartsWith(KeptRecord.Prefix, StringComparison.Ordinal))
            {
                state = state.With(mutation);
            }
        }

        return state;
    }
}
