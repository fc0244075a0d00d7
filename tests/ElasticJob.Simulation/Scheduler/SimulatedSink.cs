using ElasticJob.Scheduling.Events;
using ElasticJob.Simulation.Checking;

namespace ElasticJob.Simulation.Scheduler;

/// <summary>The event store: takes batches at least once, keeps each event once, and says up to where it has everything.</summary>
internal sealed class SimulatedSink(Witness witness)
{
    public bool IsDown { get; set; }

    /// <summary>How many batches to store and yet answer as failed, so that they come again.</summary>
    public int Repeats { get; set; }

    public long StoredUpTo => witness.Stored.Count == 0 ? 0 : Last;

    private long Last { get; set; }

    public bool Write(IReadOnlyList<SchedulerEvent> events)
    {
        if (IsDown)
        {
            return false;
        }

        foreach (SchedulerEvent happening in events)
        {
            if (witness.Stored.TryGetValue(happening.Sequence, out SchedulerEvent? before))
            {
                if ((before.Kind, before.At, before.Run, before.Task, before.State) != (happening.Kind, happening.At, happening.Run, happening.Task, happening.State))
                {
                    witness.Fail("I9", $"event {happening.Sequence} came twice with different contents: {before} and {happening}");
                }
            }
            else
            {
                if (happening.Sequence != Last + 1)
                {
                    witness.Fail("I9", $"the sink has events up to {Last} and was given {happening.Sequence}");
                }

                witness.Stored.Add(happening.Sequence, happening);
                Last = Math.Max(Last, happening.Sequence);
            }
        }

        if (Repeats > 0)
        {
            Repeats--;
            return false;
        }

        return true;
    }
}
