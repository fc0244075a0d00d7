using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Simulation.Checking;

/// <summary>
/// The ledger rule: every due time of every version of every job is answered once, in order, by the run or the reason that its policies demand. This is
/// a model of its own: it reads the stored events in order, knows the definitions from the operators who asked for them, and counts due times by itself.
/// </summary>
internal sealed class Ledger(Witness witness, CoreOptions options)
{
    private readonly Dictionary<string, Book> books = [];
    private readonly Dictionary<string, bool> apps = [];

    /// <summary>By run, the definition and version that it must run.</summary>
    public Dictionary<string, (JobDefinition Definition, long Version, IReadOnlyList<int>? Shards)> Runs { get; } = [];

    public void Read(DateTimeOffset end)
    {
        foreach (SchedulerEvent happening in witness.Stored.Values)
        {
            Read(happening);
        }

        foreach (Book book in books.Values)
        {
            // What a disabled job misses is recorded when it is enabled, changed or removed.
            book.MustBeAnswered(book.Definition.Enabled ? end - TimeSpan.FromSeconds(3) : DateTimeOffset.MinValue, "at the end of the history", long.MaxValue);
        }
    }

    private void Read(SchedulerEvent happening)
    {
        switch (happening.Kind)
        {
            case EventKind.AppCreated or EventKind.AppUpdated:
                apps[happening.App!] = witness.Askings[happening.Actor!].Command is not Command.EnableApp { Enabled: false };
                break;
            case EventKind.JobCreated or EventKind.JobUpdated:
                Defined(happening);
                break;
            case EventKind.JobRemoved:
                if (books.Remove(happening.Job!, out Book? removed))
                {
                    removed.MustBeAnswered(happening.At, "when the job was removed", happening.Sequence);
                }

                break;
            case EventKind.DueSkipped:
                Skipped(happening);
                break;
            case EventKind.RunCreated:
                Created(happening);
                break;
            case EventKind.RunStarted:
                if (happening.Trigger != Trigger.Resident && books.TryGetValue(happening.Job!, out Book? turns) && !turns.IsInTurn(happening.Run!))
                {
                    witness.Fail("I5", $"run {happening.Run} started before its turn");
                }

                break;
            case EventKind.Execution:
                if (books.TryGetValue(happening.Job!, out Book? resident))
                {
                    resident.Fired(happening);
                }

                break;
            case EventKind.RunFinished:
                if (books.TryGetValue(happening.Job!, out Book? book))
                {
                    book.Finished(happening.Run!);
                }

                break;
            default:
                break;
        }
    }

    private void Defined(SchedulerEvent happening)
    {
        string name = happening.Job!;
        books.TryGetValue(name, out Book? book);
        if (!witness.Askings.TryGetValue(happening.Actor!, out Asking? asking))
        {
            Fail($"{happening.Kind} of {name} by {happening.Actor}, who never asked");
            return;
        }

        JobDefinition definition = asking.Command switch
        {
            Command.Apply apply => apply.Jobs.Single(j => j.Name.Value == name),
            Command.EnableJob enable => book!.Definition with { Enabled = enable.Enabled },
            _ => throw new InvalidOperationException($"{asking.Command} cannot change a job."),
        };
        if (happening.Kind == EventKind.JobCreated)
        {
            if (book is not null)
            {
                Fail($"job {name} was created twice");
            }

            book = new Book(witness, definition, happening);
            books[name] = book;
        }
        else
        {
            book!.MustBeAnswered(happening.At, $"when version {happening.Version} came", happening.Sequence);
            book.Change(definition, happening);
        }

        if (book.Version != happening.Version)
        {
            witness.Fail("I12", $"job {name} is at version {happening.Version}, not {book.Version}");
        }
    }

    private void Skipped(SchedulerEvent happening)
    {
        if (!books.TryGetValue(happening.Job!, out Book? book))
        {
            Fail($"due times of {happening.Job}, which does not exist, were skipped");
            return;
        }

        JobPolicy policy = book.Definition.Policy;
        DateTimeOffset last = happening.DueUntil ?? happening.DueAt!.Value;
        bool appEnabled = apps.GetValueOrDefault(book.Definition.App.Value, true);
        bool right = happening.Reason switch
        {
            "disabled" => !book.Definition.Enabled,
            "appDisabled" => book.Definition.Enabled && !appEnabled,
            "misfire" => book.Definition.Enabled && appEnabled && last <= happening.At - options.MisfireThreshold && (policy.Misfire == MisfirePolicy.Skip || last <= happening.At - policy.CatchUpWindow),
            "overlap" => book.Definition.Enabled && appEnabled && !HasRoom(book, last <= happening.At - options.MisfireThreshold),
            _ => false,
        };
        if (!right)
        {
            Fail($"job {happening.Job} v{book.Version}: {happening.DueAt:u}{(happening.DueUntil is null ? "" : $" to {last:u}")} was skipped at {happening.At:u} for '{happening.Reason}' ({policy.Misfire}, {policy.Overlap}, window {policy.CatchUpWindow}, {book.Unfinished} unfinished, {(book.Definition.Enabled ? "enabled" : "disabled")})");
        }

        book.Answer(happening, last);
    }

    private void Created(SchedulerEvent happening)
    {
        if (!books.TryGetValue(happening.Job!, out Book? book))
        {
            Fail($"run {happening.Run} of a job that does not exist was created");
            return;
        }

        IReadOnlyList<int>? shards = happening.Trigger == Trigger.Manual && witness.Askings[happening.Actor!].Command is Command.TriggerJob trigger ? trigger.Shards : null;
        if (!Runs.TryAdd(happening.Run!, (book.Definition, book.Version, shards)))
        {
            witness.Fail("I2", $"run {happening.Run} was created twice");
        }

        if (happening.Version != book.Version)
        {
            witness.Fail("I12", $"run {happening.Run} is of version {happening.Version}, and the job is at {book.Version}");
        }

        int expected = shards?.Count ?? book.Definition.ShardCount;
        if (happening.ShardCount != expected)
        {
            witness.Fail("I7", $"run {happening.Run} has {happening.ShardCount} shards, not {expected}");
        }

        if (!book.Definition.Enabled || !apps.GetValueOrDefault(book.Definition.App.Value, true))
        {
            witness.Fail("I13", $"run {happening.Run} was created while the job or its app was disabled");
        }

        if (happening.Trigger is Trigger.Cron or Trigger.Misfire)
        {
            CreatedByTime(happening, book);
        }
        else if (happening.Trigger == Trigger.Manual && !HasRoom(book, late: false))
        {
            witness.Fail("I5", $"run {happening.Run} was triggered with {book.Unfinished} unfinished ones under {book.Definition.Policy.Overlap}");
        }

        book.Created(happening.Run!, goesBeside: book.Definition.Policy.Overlap == OverlapPolicy.Allow && happening.Trigger != Trigger.Resident);
    }

    private void CreatedByTime(SchedulerEvent happening, Book book)
    {
        JobPolicy policy = book.Definition.Policy;
        DateTimeOffset last = happening.DueUntil ?? happening.DueAt!.Value;
        bool late = last <= happening.At - options.MisfireThreshold;
        bool right = last <= happening.At && (late
            ? happening.Trigger == Trigger.Misfire && policy.Misfire switch
            {
                MisfirePolicy.FireOnce => happening.DueAt > happening.At - policy.CatchUpWindow,
                MisfirePolicy.FireAll => happening.DueUntil is null && last > happening.At - policy.CatchUpWindow,
                _ => false,
            }
            : happening.Trigger == Trigger.Cron && happening.DueUntil is null);
        if (!right)
        {
            Fail($"run {happening.Run} ({happening.Trigger}) answers {happening.DueAt:u} to {last:u} at {happening.At:u} under {policy.Misfire}, window {policy.CatchUpWindow}");
        }

        if (!HasRoom(book, late))
        {
            witness.Fail("I5", $"run {happening.Run} was created with {book.Unfinished} unfinished ones under {policy.Overlap}");
        }

        book.Answer(happening, last);
    }

    /// <summary>Whether the overlap policy lets another run of the job in. All that <c>fireAll</c> catches up waits its turn, unless it may go beside.</summary>
    private bool HasRoom(Book book, bool late) => book.Definition.Policy.Overlap switch
    {
        OverlapPolicy.Allow => book.Unfinished < options.MostParallelRuns,
        _ when late && book.Definition.Policy.Misfire == MisfirePolicy.FireAll => book.Waiting < options.MostWaitingRuns,
        OverlapPolicy.QueueAll => book.Waiting < options.MostWaitingRuns,
        OverlapPolicy.Forbid => book.Unfinished == 0,
        OverlapPolicy.QueueOne => book.Waiting == 0,
        _ => true,
    };

    private void Fail(string what) => witness.Fail("ledger", what);
}
