using ElasticJob.Protocol.Reports;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Scheduling.Core;

/// <summary>How an attempt ended that did not do what was wanted of it.</summary>
/// <param name="Cause">What the policies care about.</param>
/// <param name="WasThere">Whether more had been heard of it than that it was launched.</param>
/// <param name="CameWithItsExecutor">Whether its launch brought a new executor.</param>
/// <param name="UnderSeveral">Whether its container ended with others in it, so that nobody knows which was at fault.</param>
internal readonly record struct AttemptEnd(EndCause Cause, bool WasThere, bool CameWithItsExecutor, bool UnderSeveral);

/// <summary>What becomes of a shard whose attempt has ended: another attempt, after a pause or at once, or its end. The policies decide.</summary>
internal sealed class Aftermath(World world, RunLifecycle runs)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    public void Decide(Attempt attempt, AttemptEnd end)
    {
        Run run = attempt.Run;
        Shard shard = attempt.Shard;
        switch (end.Cause)
        {
            case EndCause.NeverStarted when end.WasThere:
                // An agent that has forgotten a framework knows nothing of a task that ran there; the master calls that dropped, too.
                PlaceLost(attempt, Describe(attempt), certainlyNotRun: false);
                break;
            case EndCause.NeverStarted:
                PlaceLost(attempt, "the launch did not arrive", certainlyNotRun: true);
                break;
            case EndCause.PlaceLost:
                PlaceLost(attempt, Describe(attempt), certainlyNotRun: false);
                break;
            case EndCause.ExecutorDied:
            case EndCause.Failed when end.UnderSeveral:
                ExecutorDied(attempt);
                break;
            case EndCause.Refused when !end.CameWithItsExecutor && shard.PlaceLosses < world.Options.MostExecutorDeaths:
                PlaceLost(attempt, $"{Describe(attempt)}; its executor was gone", certainlyNotRun: true);
                break;
            case EndCause.Refused when !run.IsResident:
                runs.FinishShard(run, shard, Outcome.Failed, Describe(attempt));
                break;
            default:
                Failed(attempt);
                break;
        }
    }

    private void Failed(Attempt attempt)
    {
        Run run = attempt.Run;
        Shard shard = attempt.Shard;
        RetryPolicy retry = run.Definition.Policy.Retry;
        bool stable = attempt.RunningAt is { } running && world.Now.Wall - running >= world.Options.StableAfter;
        shard.Failures = stable && run.IsResident ? 1 : shard.Failures + 1;
        bool hopeless = attempt.Failure?.Kind is FailureKind.UnknownClass or FailureKind.InvalidOrder or FailureKind.Refused;
        TimeSpan pause = Backoff.After(shard.Failures, retry.BackoffMin, retry.BackoffMax);
        if (run.IsResident)
        {
            string what = attempt.State == TaskState.Finished ? "it ended by itself" : Describe(attempt);
            runs.Delay(run, shard, hopeless ? retry.BackoffMax : pause, "restart", $"{what}; starting again in {SpokenDuration.Of(hopeless ? retry.BackoffMax : pause)}");
        }
        else if (!hopeless && shard.Failures < retry.Attempts)
        {
            runs.Delay(run, shard, pause, "retry", $"{Describe(attempt)}; attempt {shard.Failures + 1} of {retry.Attempts} in {SpokenDuration.Of(pause)}");
        }
        else
        {
            runs.FinishShard(run, shard, Outcome.Failed, Describe(attempt));
        }
    }

    private void ExecutorDied(Attempt attempt)
    {
        if (!attempt.Run.IsResident && attempt.Shard.PlaceLosses + 1 > world.Options.MostExecutorDeaths)
        {
            runs.FinishShard(attempt.Run, attempt.Shard, Outcome.Failed, $"{Describe(attempt)}; its executor died under it {attempt.Shard.PlaceLosses + 1} times");
        }
        else
        {
            PlaceLost(attempt, Describe(attempt), certainlyNotRun: false);
        }
    }

    private void PlaceLost(Attempt attempt, string what, bool certainlyNotRun)
    {
        Run run = attempt.Run;
        Shard shard = attempt.Shard;
        if (!certainlyNotRun && !run.Definition.Policy.Failover && !run.IsResident)
        {
            runs.FinishShard(run, shard, Outcome.Lost, $"{what}; failover is off");
            return;
        }

        bool stable = attempt.RunningAt is { } running && world.Now.Wall - running >= world.Options.StableAfter;
        shard.PlaceLosses = stable ? 1 : shard.PlaceLosses + 1;
        TimeSpan pause = shard.PlaceLosses == 1 ? TimeSpan.Zero : Backoff.After(shard.PlaceLosses - 1, FirstPause, LongestPause);
        runs.Delay(run, shard, pause, "failover", pause > TimeSpan.Zero ? $"{what}; again in {SpokenDuration.Of(pause)}" : $"{what}; again at once");
    }

    private static string Describe(Attempt attempt) =>
        attempt.Failure?.Message ?? attempt.Message ?? (attempt.State == TaskState.Killed ? "it was killed by somebody else" : $"the task is {attempt.State}");
}
