using ElasticJob.Scheduling.State;
using ElasticJob.Simulation.Planning;

namespace ElasticJob.Simulation.Scheduler;

/// <summary>What came of a commit, as the loop learns it.</summary>
internal enum CommitAnswer
{
    Done,

    Failed,

    /// <summary>It failed, and yet it may have been written.</summary>
    Unknown,

    Fenced,
}

/// <summary>The state store by its contract (IStateStore): opening raises the epoch, a commit is atomic and refused under an older epoch.</summary>
internal sealed class SimulatedStore(SimulatedWorld world)
{
    private readonly SortedDictionary<string, byte[]> records = new(StringComparer.Ordinal);

    public long Epoch { get; private set; }

    public bool IsDown { get; set; }

    public int UnknownAnswers { get; set; }

    public TimeSpan Slowness { get; set; }

    public int Count => records.Count;

    public IEnumerable<string> Keys => records.Keys;

    public (long Epoch, IReadOnlyList<Mutation> Records) Open() => (++Epoch, Read());

    public IReadOnlyList<Mutation> Read() => [.. records.Select(r => new Mutation(r.Key, r.Value))];

    public CommitAnswer Commit(long epoch, SchedulerCommit commit)
    {
        if (epoch != Epoch && world.Bug != PlantedBug.NoFence)
        {
            return CommitAnswer.Fenced;
        }

        if (IsDown)
        {
            return CommitAnswer.Failed;
        }

        bool unknown = UnknownAnswers > 0;
        if (unknown)
        {
            UnknownAnswers--;
            if (world.Chaos.Chance(0.5))
            {
                return CommitAnswer.Unknown;
            }
        }

        if (epoch != Epoch)
        {
            world.Witness.Fail("I3", $"epoch {epoch} wrote while epoch {Epoch} leads");
        }

        foreach (Mutation mutation in commit.Step.Mutations)
        {
            if (world.Bug == PlantedBug.MutationLost && mutation.Key.StartsWith("runs/", StringComparison.Ordinal) && world.Chaos.Chance(0.05))
            {
                continue;
            }

            if (mutation.Value is { } value)
            {
                records[mutation.Key] = value;
            }
            else
            {
                records.Remove(mutation.Key);
            }
        }

        if (!commit.IsWritten)
        {
            commit.IsWritten = true;
            world.Committed(commit);
        }

        return unknown ? CommitAnswer.Unknown : CommitAnswer.Done;
    }
}
