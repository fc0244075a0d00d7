using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.State;

namespace ElasticJob.Scheduling.Core;

/// <summary>Gathers what one step decides. Entities are marked while they change and written once, at the end.</summary>
internal sealed class Changes(World world)
{
    private readonly HashSet<Run> headers = [];
    private readonly HashSet<(Run Run, int Page)> pages = [];
    private readonly List<Run> removedRuns = [];
    private readonly HashSet<Job> cursors = [];
    private readonly SortedDictionary<string, byte[]?> records = new(StringComparer.Ordinal);
    private readonly List<Effect> effects = [];
    private readonly List<SchedulerEvent> events = [];
    private readonly List<(long, CommandResult)> answers = [];
    private bool meta;

    public DateTimeOffset At { get; set; }

    public void Touch(Run run) => headers.Add(run);

    public void Touch(Run run, Shard shard)
    {
        int page = shard.Index / StateKeys.PageSize;
        if (page == 0)
        {
            headers.Add(run);
        }
        else
        {
            pages.Add((run, page));
        }
    }

    public void TouchAll(Run run)
    {
        headers.Add(run);
        for (int page = 1; page * StateKeys.PageSize < run.Shards.Length; page++)
        {
            pages.Add((run, page));
        }
    }

    public void Remove(Run run) => removedRuns.Add(run);

    public void TouchCursor(Job job) => cursors.Add(job);

    public void TouchMeta() => meta = true;

    public void Write(string key, byte[]? value) => records[key] = value;

    public void Do(Effect effect) => effects.Add(effect);

    public void Answer(long id, CommandResult result) => answers.Add((id, result));

    public void Emit(SchedulerEvent happening)
    {
        events.Add(happening with { Sequence = world.TakeSequence(), At = At });
        meta = true;
    }

    public StepResult Take(TimeSpan? wakeIn)
    {
        foreach (Job job in cursors)
        {
            if (world.Jobs.TryGetValue(job.Name, out Job? stored) && ReferenceEquals(stored, job))
            {
                records[StateKeys.Cursor(job.Name)] = StateJson.Write(job.Cursor, StateJson.Default.CursorRecord);
            }
        }

        foreach (Run run in removedRuns)
        {
            headers.Remove(run);
            records[StateKeys.Run(run.Id)] = null;
            for (int page = 1; page * StateKeys.PageSize < run.Shards.Length; page++)
            {
                pages.Remove((run, page));
                records[StateKeys.ShardPage(run.Id, page)] = null;
            }
        }

        foreach (Run run in headers)
        {
            records[StateKeys.Run(run.Id)] = StateJson.Write(RunFormat.Header(run), StateJson.Default.RunRecord);
        }

        foreach ((Run run, int page) in pages)
        {
            records[StateKeys.ShardPage(run.Id, page)] = StateJson.Write(RunFormat.Page(run, page), StateJson.Default.ShardPageRecord);
        }

        if (events.Count > 0)
        {
            string key = StateKeys.Events(events[0].Sequence);
            records[key] = StateJson.Write(events, StateJson.Default.ListSchedulerEvent);
            world.Outbox.Enqueue((events[^1].Sequence, key));
        }

        if (meta)
        {
            records[StateKeys.Meta] = StateJson.Write(world.Meta, StateJson.Default.MetaRecord);
        }

        var result = new StepResult(
            [.. records.Select(r => new Mutation(r.Key, r.Value))],
            [.. effects],
            [.. events],
            [.. answers],
            wakeIn);
        headers.Clear();
        pages.Clear();
        removedRuns.Clear();
        cursors.Clear();
        records.Clear();
        effects.Clear();
        events.Clear();
        answers.Clear();
        meta = false;
        return result;
    }

    /// <summary>The event that says something about a run; the caller adds what it says.</summary>
    public static SchedulerEvent About(Run run, EventKind kind) => new()
    {
        Kind = kind,
        App = run.Definition.App.Value,
        Job = run.Job.Name.Value,
        Version = run.Version,
        Run = run.Id,
        Trigger = run.Trigger,
    };

    /// <summary>The event that says something about an attempt.</summary>
    public static SchedulerEvent About(Attempt attempt, EventKind kind) => About(attempt.Run, kind) with
    {
        Shard = attempt.Shard.Item,
        Attempt = attempt.Number,
        Task = attempt.Task,
        FencingToken = attempt.FencingToken,
        Agent = attempt.Agent,
        Executor = attempt.Executor,
    };
}
