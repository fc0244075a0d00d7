using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Definitions.Reading;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduler.Api;

/// <summary>Views as answers.</summary>
internal static class Answers
{
    public static AppAnswer Of(AppView app) => new()
    {
        Name = app.Definition.Name.Value,
        Version = app.Version,
        UpdatedAt = app.UpdatedAt,
        Enabled = app.Definition.Enabled,
        Jobs = app.JobCount,
        PackageDigest = app.Definition.Stored?.Digest,
        Definition = DefinitionWriter.Write(app.Definition),
    };

    public static JobAnswer Of(JobView job, bool appEnabled, bool whole) => new()
    {
        Name = job.Definition.Name.Value,
        App = job.Definition.App.Value,
        Version = job.Version,
        State = StateOf(job, appEnabled),
        Enabled = job.Definition.Enabled,
        Type = DefinitionWriter.TypeOf(job.Definition.Work),
        Mode = job.Definition.Mode,
        Schedule = job.Definition.Every is { } every
            ? [.. job.Definition.Schedule, $"every {DurationText.Format(every)}"]
            : job.Definition.Schedule,
        Shards = job.Definition.ShardCount,
        CreatedAt = job.CreatedAt,
        UpdatedAt = job.UpdatedAt,
        NextDue = job.NextDue,
        WaitingRuns = job.WaitingRuns,
        RunningRuns = job.RunningRuns,
        Last = job.Last is { } last ? new LastRunAnswer(last.Run, last.Outcome, last.FinishedAt) : null,
        Fault = job.Fault,
        Description = job.Definition.Description,
        Definition = whole ? DefinitionWriter.Write(job.Definition) : null,
    };

    public static JobState StateOf(JobView job, bool appEnabled) =>
        job.Fault is not null ? JobState.Faulty
        : !job.Definition.Enabled || !appEnabled ? JobState.Disabled
        : job.RunningRuns > 0 ? JobState.Running
        : job.WaitingRuns > 0 ? JobState.Waiting
        : JobState.Idle;

    public static RunAnswer Of(RunView run, bool whole) => new()
    {
        Id = run.Id,
        Job = run.Job,
        Version = run.Version,
        Trigger = run.Trigger,
        DueAt = run.DueAt,
        CreatedAt = run.CreatedAt,
        StartedAt = run.StartedAt,
        FinishedAt = run.FinishedAt,
        State = run.State,
        Outcome = run.Outcome,
        Reason = run.Reason,
        Parameter = run.Parameter,
        Actor = run.Actor,
        ShardCount = run.ShardCount,
        Shards = whole ? [.. run.Shards.Select(Of)] : null,
    };

    public static TaskAnswer Of(TaskView task) => new()
    {
        Id = task.Id,
        Run = task.Run,
        Job = task.Job,
        Shard = task.Shard,
        Attempt = task.Attempt,
        State = task.State,
        FencingToken = task.FencingToken,
        Agent = task.Agent,
        Hostname = task.Hostname,
        Executor = task.Executor,
        LaunchedAt = task.LaunchedAt == default ? null : task.LaunchedAt,
        RunningAt = task.RunningAt,
        EndedAt = task.EndedAt,
        Progress = task.Progress,
        ProgressText = task.ProgressText,
        Message = task.Message,
        Failure = task.Failure,
        HasLog = (task.Sandbox is not null && task.Log is not null) || task.LastLines is { Count: > 0 },
        LastLines = task.LastLines,
    };

    public static ResourcesAnswer Of(Resources resources) =>
        new(resources.Cpus, SizeText.Format(resources.MilliMemory), SizeText.Format(resources.MilliDisk));

    private static ShardAnswer Of(ShardView shard) => new()
    {
        Item = shard.Item,
        State = shard.State,
        Attempts = shard.Attempts,
        Task = shard.Task is { } task ? Of(task) : null,
        NotBefore = shard.NotBefore,
        Reason = shard.Reason,
        Outcome = shard.Outcome,
    };
}
