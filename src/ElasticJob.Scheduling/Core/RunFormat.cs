using ElasticJob.Scheduling.State;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduling.Core;

/// <summary>Between runs in memory and their records: a header with the first page of shards, and further pages.</summary>
internal static class RunFormat
{
    public static RunRecord Header(Run run) => new()
    {
        Id = run.Id,
        Job = run.Job.Name,
        Version = run.Version,
        Trigger = run.Trigger,
        DueAt = run.DueAt,
        CreatedAt = run.CreatedAt,
        Order = run.Order,
        StartedAt = run.StartedAt,
        State = run.State,
        Parameter = run.Parameter,
        Actor = run.Actor,
        EndingAs = run.EndingAs,
        EndingReason = run.EndingReason,
        ShardTotal = run.Shards.Length,
        Shards = Shards(run, 0),
    };

    public static ShardPageRecord Page(Run run, int page) => new(Shards(run, page));

    public static Run Read(RunRecord header, IEnumerable<ShardPageRecord> pages, Job job, Definitions.JobDefinition definition)
    {
        var shards = new Shard[header.ShardTotal];
        var run = new Run
        {
            Id = header.Id,
            Job = job,
            Definition = definition,
            Version = header.Version,
            Trigger = header.Trigger,
            DueAt = header.DueAt,
            CreatedAt = header.CreatedAt,
            Order = header.Order,
            Shards = shards,
            Parameter = header.Parameter,
            Actor = header.Actor,
            StartedAt = header.StartedAt,
            State = header.State,
            EndingAs = header.EndingAs,
            EndingReason = header.EndingReason,
        };
        int index = 0;
        foreach (ShardRecord record in pages.Aggregate(header.Shards.AsEnumerable(), (all, page) => all.Concat(page.Shards)))
        {
            if (index == shards.Length)
            {
                break;
            }

            shards[index] = ReadShard(run, record, index);
            index++;
        }

        if (index != shards.Length)
        {
            throw new StateFormatException($"Run '{run.Id}' has {shards.Length} shards but only {index} of them are stored.");
        }

        run.Unfinished = shards.Count(s => s.State != ShardState.Finished);
        run.Pending = shards.Count(s => s.State == ShardState.Pending);
        return run;
    }

    private static List<ShardRecord> Shards(Run run, int page)
    {
        var records = new List<ShardRecord>(StateKeys.PageSize);
        int end = Math.Min((page + 1) * StateKeys.PageSize, run.Shards.Length);
        for (int i = page * StateKeys.PageSize; i < end; i++)
        {
            Shard shard = run.Shards[i];
            records.Add(new ShardRecord
            {
                Item = shard.Item,
                State = shard.State,
                Attempts = shard.Attempts,
                Failures = shard.Failures,
                PlaceLosses = shard.PlaceLosses,
                NotBefore = shard.NotBefore,
                Reason = shard.Reason,
                Outcome = shard.Outcome,
                EndingAs = shard.EndingAs,
                Attempt = shard.Attempt is { } a ? Write(a) : null,
            });
        }

        return records;
    }

    private static AttemptRecord Write(Attempt a) => new()
    {
        Task = a.Task,
        Number = a.Number,
        FencingToken = a.FencingToken,
        Agent = a.Agent,
        Executor = a.Executor,
        State = a.State,
        LaunchedAt = a.LaunchedAt,
        RunningAt = a.RunningAt,
        EndedAt = a.EndedAt,
        UnreachableSince = a.UnreachableSince,
        Sandbox = a.Sandbox,
        Log = a.Log,
        Message = a.Message,
        Failure = a.Failure,
    };

    private static Shard ReadShard(Run run, ShardRecord record, int index)
    {
        var shard = new Shard
        {
            Item = record.Item,
            Index = index,
            State = record.State,
            Attempts = record.Attempts,
            Failures = record.Failures,
            PlaceLosses = record.PlaceLosses,
            NotBefore = record.NotBefore,
            Reason = record.Reason,
            Outcome = record.Outcome,
            EndingAs = record.EndingAs,
        };
        if (record.Attempt is { } a)
        {
            shard.Attempt = new Attempt
            {
                Task = a.Task,
                Run = run,
                Shard = shard,
                Number = a.Number,
                FencingToken = a.FencingToken,
                Agent = a.Agent,
                Executor = a.Executor,
                LaunchedAt = a.LaunchedAt,
                State = a.State,
                RunningAt = a.RunningAt,
                EndedAt = a.EndedAt,
                UnreachableSince = a.UnreachableSince,
                Sandbox = a.Sandbox,
                Log = a.Log,
                Message = a.Message,
                Failure = a.Failure,
            };
        }

        return shard;
    }
}
