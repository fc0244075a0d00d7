using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.State;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduling.Core;

/// <summary>
/// Builds the state from durable records when a scheduler takes over:
/// <code>
///   1 read the records     each by itself, on all processors if there are many: what is read does not depend on the order
///   2 enter what they say  one after the other, in the order of the keys
/// </code>
/// </summary>
internal static class Loading
{
    /// <summary>Fewer records than this are read faster than processors are told to help.</summary>
    private const int Many = 500;

    public static void Load(World world, IReadOnlyList<Mutation> stored)
    {
        var records = new StoredRecords(stored);
        if (records.Find(StateKeys.Meta) is { } meta)
        {
            world.Meta = StateJson.Read(StateKeys.Meta, meta, StateJson.Default.MetaRecord);
        }

        foreach ((string key, byte[] value) in records.Below(StateKeys.Apps).Span)
        {
            AppRecord app = StateJson.Read(key, value, StateJson.Default.AppRecord);
            world.Apps.Add(app.Definition.Name, new App(app));
        }

        foreach ((string key, byte[] value) in records.Below(StateKeys.Outbox).Span)
        {
            Events.SchedulerEvent[] events = StateJson.Read(key, value, StateJson.Default.SchedulerEventArray);
            world.ConfirmedSequence = world.Outbox.Count == 0 ? events[0].Sequence - 1 : world.ConfirmedSequence;
            world.Outbox.Enqueue((events[^1].Sequence, key));
        }

        foreach ((string key, byte[] value) in records.Below(StateKeys.Kept).Span)
        {
            world.Kept.Add(key, value);
        }

        foreach (Job job in Read(records.Below(StateKeys.Jobs), record => ReadJob(records, record)))
        {
            world.Jobs.Add(job.Name, job);
            if (world.Apps.TryGetValue(job.Definition.App, out App? app))
            {
                app.Jobs.Add(job.Name);
            }
        }

        var versions = new Dictionary<(JobName, long), JobRecord>();
        foreach (JobRecord version in Read(records.Below(StateKeys.Versions), static r => StateJson.Read(r.Key, r.Value, StateJson.Default.JobRecord)))
        {
            versions[(version.Definition.Name, version.Version)] = version;
        }

        var executors = new ExecutorPool(world, new Changes(world));
        foreach ((string key, byte[] value) in records.Below(StateKeys.Executors).Span)
        {
            ExecutorRecord executor = StateJson.Read(key, value, StateJson.Default.ExecutorRecord);

            // Nobody knows any more what the cluster was told about it: a further task could not name it in the same words.
            executors.Restore(executor).Ending = executor.Description is null;
        }

        LoadRuns(world, records, versions);
        world.ConfirmedSequence = world.Outbox.Count > 0 ? world.ConfirmedSequence : world.Meta.NextSequence - 1;
    }

    private static Job ReadJob(StoredRecords records, KeyValuePair<string, byte[]> stored)
    {
        JobRecord record = StateJson.Read(stored.Key, stored.Value, StateJson.Default.JobRecord);
        var job = new Job(record);
        string cursor = StateKeys.Cursor(job.Name);
        job.Cursor = records.Find(cursor) is { } value
            ? StateJson.Read(cursor, value, StateJson.Default.CursorRecord)
            : new CursorRecord { AnsweredUpTo = record.UpdatedAt };
        Compiling.Compile(job);
        return job;
    }

    private static void LoadRuns(World world, StoredRecords records, Dictionary<(JobName, long), JobRecord> versions)
    {
        (RunRecord Header, List<ShardPageRecord> Pages)?[] read = Read(records.Below(StateKeys.Runs), record => ReadRun(records, record));
        var loaded = new List<Run>(read.Length);
        foreach ((RunRecord header, List<ShardPageRecord> pages) in read.OfType<(RunRecord, List<ShardPageRecord>)>())
        {
            Job job = JobOf(world, header, versions, out JobDefinition definition);
            loaded.Add(RunFormat.Read(header, pages, job, definition));
        }

        foreach (Run run in loaded.OrderBy(r => r.Order))
        {
            Enter(world, run);
        }
    }

    private static (RunRecord Header, List<ShardPageRecord> Pages)? ReadRun(StoredRecords records, KeyValuePair<string, byte[]> stored)
    {
        // Names have no slash, so a further slash marks a page.
        if (stored.Key.IndexOf('/', StateKeys.Runs.Length) >= 0)
        {
            return null;
        }

        RunRecord header = StateJson.Read(stored.Key, stored.Value, StateJson.Default.RunRecord);
        var pages = new List<ShardPageRecord>(0);
        for (int page = 1; page * StateKeys.PageSize < header.ShardTotal; page++)
        {
            string key = StateKeys.ShardPage(header.Id, page);
            if (records.Find(key) is { } value)
            {
                pages.Add(StateJson.Read(key, value, StateJson.Default.ShardPageRecord));
            }
        }

        return (header, pages);
    }

    /// <summary>Reads each record; the results are in the order of the records.</summary>
    private static T[] Read<T>(ReadOnlyMemory<KeyValuePair<string, byte[]>> records, Func<KeyValuePair<string, byte[]>, T> read)
    {
        var results = new T[records.Length];
        if (records.Length < Many)
        {
            for (int i = 0; i < results.Length; i++)
            {
                results[i] = read(records.Span[i]);
            }

            return results;
        }

        try
        {
            Parallel.ForEach(Partitioner.Create(0, results.Length), range =>
            {
                for (int i = range.Item1; i < range.Item2; i++)
                {
                    results[i] = read(records.Span[i]);
                }
            });
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }

        return results;
    }

    private static Job JobOf(World world, RunRecord header, Dictionary<(JobName, long), JobRecord> versions, out JobDefinition definition)
    {
        if (world.Jobs.TryGetValue(header.Job, out Job? job) && job.Record.Version == header.Version)
        {
            definition = job.Definition;
            return job;
        }

        if (!versions.TryGetValue((header.Job, header.Version), out JobRecord? version))
        {
            throw new StateFormatException($"Run '{header.Id}' refers to version {header.Version} of job {header.Job}, which is not stored.");
        }

        definition = version.Definition;
        if (job is null && !world.Leaving.TryGetValue(header.Job, out job))
        {
            job = new Job(version);
            world.Leaving.Add(header.Job, job);
        }

        return job;
    }

    private static void Enter(World world, Run run)
    {
        world.Runs.Add(run.Id, run);
        run.Job.VersionUses[run.Version] = run.Job.VersionUses.GetValueOrDefault(run.Version) + 1;
        if (run.State == RunState.Waiting)
        {
            run.Job.Waiting.AddLast(run);
        }
        else
        {
            run.Job.Active.Add(run);
        }

        foreach (Shard shard in run.Shards)
        {
            if (shard is { State: ShardState.Active, Attempt: { } attempt })
            {
                world.Attempts.Add(attempt.Task, attempt);
                world.AgentOf(attempt.Agent).Tasks++;
                if (world.Executors.TryGetValue(attempt.Executor, out Executor? executor))
                {
                    executor.Attempts.Add(attempt);
                    executor.Registered |= attempt.State is TaskState.Running;
                }
            }
        }
    }
}
