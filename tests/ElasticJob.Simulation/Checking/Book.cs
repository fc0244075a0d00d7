using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Simulation.Checking;

/// <summary>One job as the model sees it: what is due next, and whose turn it is.</summary>
internal sealed class Book
{
    private const int MostCounted = 10_000;

    private readonly Witness witness;
    private readonly HashSet<string> inTurn = [];
    private readonly LinkedList<(string Run, bool GoesBeside)> waiting = [];
    private readonly Dictionary<int, DateTimeOffset> fired = [];
    private DateTimeOffset cursor;
    private DateTimeOffset anchor;
    private int stepsSeen;
    private bool gridUnknown;
    private List<PlainCron> crons = [];

    public Book(Witness witness, JobDefinition definition, SchedulerEvent created)
    {
        this.witness = witness;
        Definition = definition;
        Version = 1;
        cursor = created.At;
        anchor = created.At;
        stepsSeen = StepsBack(created.Sequence);
        Compile();
    }

    public JobDefinition Definition { get; private set; }

    public long Version { get; private set; }

    /// <summary>How many runs are created and not finished.</summary>
    public int Unfinished => inTurn.Count + waiting.Count;

    /// <summary>How many of them wait until others have finished.</summary>
    public int Waiting => waiting.Count;

    private bool IsOnTime => Definition.Mode == JobMode.Transient;

    public void Change(JobDefinition definition, SchedulerEvent happening)
    {
        DateTimeOffset at = happening.At;

        // What was decided before a step of the clock may have become durable after it; a change from before the last due time tells.
        gridUnknown |= Definition.Every is not null && cursor > at;
        bool gridMoved = GridMayHaveMoved(happening.Sequence);
        if (definition.Every != Definition.Every)
        {
            anchor = at;
            stepsSeen = StepsBack(happening.Sequence);
            gridUnknown = false;
        }

        bool sameTimes = Definition.Enabled && definition.Enabled && Definition.Mode == definition.Mode && Definition.Every == definition.Every
            && Definition.TimeZone == definition.TimeZone && Definition.Schedule.SequenceEqual(definition.Schedule);

        // The times of an interval say nothing about another schedule; those of a cron expression do not come twice.
        bool fromNow = Definition.Every is not null || definition.Every is not null;
        if (sameTimes ? gridMoved : fromNow || at > cursor)
        {
            cursor = at;
        }

        fired.Clear();
        Definition = definition;
        Version++;
        Compile();
    }

    public void Created(string run, bool goesBeside)
    {
        waiting.AddLast((run, goesBeside));
        GiveTurns();
    }

    /// <summary>Whether it is this run's turn, or its job is another by now.</summary>
    public bool IsInTurn(string run) => inTurn.Contains(run) || !waiting.Any(w => w.Run == run);

    public void Finished(string run)
    {
        if (!inTurn.Remove(run) && waiting.FirstOrDefault(w => w.Run == run) is { Run: not null } one)
        {
            waiting.Remove(one);
        }

        GiveTurns();
    }

    /// <summary>The due times from the event's to <paramref name="last"/> are answered by it: they must be the next ones, all of them.</summary>
    public void Answer(SchedulerEvent happening, DateTimeOffset last)
    {
        DateTimeOffset? expected = Next(cursor);
        if (expected != happening.DueAt && GridMayHaveMoved(happening.Sequence))
        {
            // After the clock was set back an interval counts from where it noticed; that is not told, but everything after it has to fit.
            // One step at a time: what was decided before another step may have become durable after it.
            stepsSeen = Math.Min(stepsSeen + 1, StepsBack(happening.Sequence));
            gridUnknown = false;
            anchor = happening.DueAt!.Value;
            cursor = anchor - TimeSpan.FromTicks(1);
            expected = anchor;
        }

        if (expected != happening.DueAt)
        {
            witness.Fail(
                happening.DueAt <= cursor ? "I15" : "ledger",
                $"job {happening.Job} v{Version}: {happening.DueAt:O} was answered at {happening.At:O} ({happening.Kind}), and {expected:O} was due next after {cursor:O}");
        }

        int count = 0;
        while (Next(cursor) is { } due && due <= last && count <= MostCounted)
        {
            cursor = due;
            count++;
        }

        if (happening.DueCount is { } said ? said != count : count <= MostCounted)
        {
            witness.Fail("ledger", $"job {happening.Job} v{Version}: {happening.DueAt:u} to {last:u} are {count} due times, and {happening.DueCount} were answered");
        }

        cursor = last;
    }

    /// <summary>A resident shard has answered a due time inside its executor: each once, and none left out while the definition stays.</summary>
    public void Fired(SchedulerEvent happening)
    {
        DateTimeOffset due = happening.DueAt!.Value;
        if (happening.Version != Version || Definition.Mode != JobMode.Resident)
        {
            return;
        }

        if (fired.TryGetValue(happening.Shard!.Value, out DateTimeOffset before))
        {
            if (due <= before)
            {
                witness.Fail("I15", $"shard {happening.Shard} of {happening.Job} answered {due:u} after {before:u}");
            }
            else if (!GridMayHaveMoved(happening.Sequence) && NextOf(before) != due)
            {
                witness.Fail("ledger", $"shard {happening.Shard} of {happening.Job} v{Version} answered {due:u} after {before:u}, and {NextOf(before):u} was due next");
            }
        }

        fired[happening.Shard.Value] = happening.DueUntil ?? due;
    }

    public void MustBeAnswered(DateTimeOffset upTo, string when, long sequence)
    {
        if (!GridMayHaveMoved(sequence) && Next(cursor) is { } due && due <= upTo)
        {
            witness.Fail("ledger", $"job {Definition.Name} v{Version}: {due:u} is not answered {when} ({upTo:O})");
        }
    }

    private int StepsBack(long sequence) => witness.StepsBack.Count(step => step < sequence);

    /// <summary>Whether the clock was set back since the grid of the interval was last known.</summary>
    private bool GridMayHaveMoved(long sequence) => Definition.Every is not null && (gridUnknown || StepsBack(sequence) > stepsSeen);

    private DateTimeOffset? Next(DateTimeOffset after) => IsOnTime ? NextOf(after) : null;

    private DateTimeOffset? NextOf(DateTimeOffset after)
    {
        DateTimeOffset? next = null;
        if (Definition.Every is { } every)
        {
            long steps = (after.UtcTicks - anchor.UtcTicks) / every.Ticks;
            DateTimeOffset candidate = anchor + (steps * every);
            while (candidate <= after)
            {
                candidate += every;
            }

            next = candidate.ToUniversalTime();
        }

        foreach (PlainCron cron in crons)
        {
            DateTimeOffset due = cron.NextAfter(after);
            if (next is null || due < next)
            {
                next = due;
            }
        }

        return next;
    }

    /// <summary>In the order of creation: when nothing goes on, or beside it if the version of the run says so.</summary>
    private void GiveTurns()
    {
        while (waiting.First is { Value: (var run, var goesBeside) } && (goesBeside || inTurn.Count == 0))
        {
            waiting.RemoveFirst();
            inTurn.Add(run);
        }
    }

    private void Compile() => crons = [.. Definition.Schedule.Select(text => PlainCron.Of(text, Definition.TimeZone))];
}
