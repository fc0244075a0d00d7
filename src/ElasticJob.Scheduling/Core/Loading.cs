using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.State;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduling.Core;

/// <summary>Builds the state from durable records when a scheduler takes over.</summary>
internal static class Loading
{
    public static void Load(World world, IReadOnlyList<Mutation> records)
    {
        var byKey = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (Mutation record in records)
        {
            if (record.Value is not null)
            {
                byKey.Add(record.Key, record.Value);
            }
        }

        if (byKey.TryGetValue(StateKeys.Meta, out byte[]? meta))
        {
            world.Meta = StateJson.Read(StateKeys.Meta, meta, StateJson.Default.MetaRecord);
        }

        foreach ((string key, byte[] value) in byKey)
        {
            if (key.StartsWith(StateKeys.Apps, StringComparison.Ordinal))
            {
                AppRecord app = StateJson.Read(key, value, StateJson.Default.AppRecord);
                world.Apps.Add(app.Definition.Name, new App(app));
            }
            else if (key.StartsWith(StateKeys.Outbox, StringComparison.Ordinal))
            {
                Events.SchedulerEvent[] events = StateJson.Read(key, value, StateJson.Default.SchedulerEventArray);
                world.ConfirmedSequence = world.Outbox.Count == 0 ? events[0].Sequence - 1 : world.ConfirmedSequence;
                world.Outbox.Enqueue((events[^1].Sequence, key));
            }
            else if (key.StartsWith(StateKeys.Kept, StringComparison.Ordinal))
            {
                world.Kept.Add(key, value);
            }
        }

        var versions = new Dictionary<(JobName, long), JobRecord>();
        foreach ((string key, byte[] value) in byKey)
        {
            if (key.StartsWith(StateKeys.Jobs, StringComparison.Ordinal))
            {
                LoadJob(world, byKey, key, value);
            }
            else if (key.StartsWith(StateKeys.Versions, StringComparison.Ordinal))
            {
                JobRecord version = StateJson.Read(key, value, StateJson.Default.JobRecord);
                versions[(version.Definition.Name, version.Version)] = version;
            }
            else if (key.StartsWith(StateKeys.Executors, StringComparison.Ordinal))
            {
                ExecutorRecord executor = StateJson.Read(key, value, StateJson.Default.ExecutorRecord);

                // Nobody knows any more what the cluster was told about it: a further task could not name it in the same words.
                new ExecutorPool(world, new Changes(world)).Restore(executor).Ending = executor.Description is null;
            }
        }

        LoadRuns(world, byKey, versions);
        world.ConfirmedSequence = world.Outbox.Count > 0 ? world.ConfirmedSequence : world.Meta.NextSequence - 1;
    }

    private static void LoadJob(World world, SortedDictionary<string, byte[]> byKey, string key, byte[] value)
    {
        JobRecord record = StateJson.Read(key, value, StateJson.Default.JobRecord);
        var job = new Job(record);
        job.Cursor = byKey.TryGetValue(StateKeys.Cursor(job.Name), out byte[]? cursor)
            ? StateJson.Read(StateKeys.Cursor(job.Name), cursor, StateJson.Default.CursorRecord)
            : new CursorRecord { AnsweredUpTo = record.UpdatedAt };
        world.Jobs.Add(job.Name, job);
        if (world.Apps.TryGetValue(record.Definition.App, out App? app))
        {
            app.Jobs.Add(job.Name);
        }

        Compiling.Compile(job);
    }

    private static void LoadRuns(World world, SortedDictionary<string, byte[]> byKey, Dictionary<(JobName, long), JobRecord> versions)
    {
        var loaded = new List<Run>();
        foreach ((string key, byte[] value) in byKey)
        {
            // Names have no slash, so a further slash marks a page.
            if (!key.StartsWith(StateKeys.Runs, StringComparison.Ordinal) || key.IndexOf('/', StateKeys.Runs.Length) >= 0)
            {
                continue;
            }

            RunRecord header = StateJson.Read(key, value, StateJson.Default.RunRecord);
            Job job = JobOf(world, header, versions, out JobDefinition definition);
            var pages = new List<ShardPageRecord>();
            for (int page = 1; page * StateKeys.PageSize < header.ShardTotal; page++)
            {
                string pageKey = StateKeys.ShardPage(header.Id, page);
                if (byKey.TryGetValue(pageKey, out byte[]? text))
                {
                    pages.Add(StateJson.Read(pageKey, text, StateJson.Default.ShardPageRecord));
                }
            }

            loaded.Add(RunFormat.Read(header, pages, job, definition));
        }

        foreach (Run run in loaded.OrderBy(r => r.Order))
        {
            Enter(world, run);
        }
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
