using System.Text.Json;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduling.Core;

/// <summary>Says what unfinished runs wait for.</summary>
internal static class Explaining
{
    public static List<WhyView> Why(World world, Job job)
    {
        var answers = new List<WhyView>();
        foreach (Run run in job.Active.Concat(job.Waiting))
        {
            if (run.State == RunState.Waiting)
            {
                answers.Add(new WhyView(run.Id, null, "overlap", $"waits for run {job.Active.FirstOrDefault()?.Id ?? "before it"} ({Name(run)})"));
                continue;
            }

            if (run is { StartedAt: null, IsResident: false, Refusals.Count: > 0, Shards.Length: > 1 } && run.Definition.Policy.Launch == LaunchPolicy.AllShards && world.Connected)
            {
                answers.Add(new WhyView(
                    run.Id, null, "gang", $"all shards must have a place at once, and no offers are enough; {Position(world, run)}", Refusals: run.Refusals));
                continue;
            }

            string position = run.Shards.Any(s => s.State == ShardState.Pending) ? Position(world, run) : "";
            foreach (Shard shard in run.Shards)
            {
                if (Why(world, run, shard, position) is { } why)
                {
                    answers.Add(why);
                }

                if (answers.Count >= 1000)
                {
                    return answers;
                }
            }
        }

        return answers;
    }

    private static string Name(Run run) => run.IsResident ? "the earlier version ends first" : JsonNamingPolicy.CamelCase.ConvertName(run.Definition.Policy.Overlap.ToString());

    private static WhyView? Why(World world, Run run, Shard shard, string position) => shard.State switch
    {
        ShardState.Pending when !world.Connected => new WhyView(run.Id, shard.Item, "disconnected", $"the scheduler is not connected to the cluster: {world.Fault}"),
        ShardState.Pending when world.Reserving is { } gang && gang != run && world.Now.Elapsed < world.ReservingUntil => new WhyView(
            run.Id,
            shard.Item,
            "held",
            $"offers are kept for run {gang.Id}, whose shards start together; {position}",
            world.Now.Wall + (world.ReservingUntil - world.Now.Elapsed)),
        ShardState.Pending when run.Refusals.Count > 0 => new WhyView(run.Id, shard.Item, "refused", $"no offer fits; {position}", Refusals: run.Refusals),
        ShardState.Pending => new WhyView(run.Id, shard.Item, "noOffers", $"waits for offers; {position}"),
        ShardState.Delayed => new WhyView(run.Id, shard.Item, "backoff", Backoff(run, shard), shard.NotBefore),
        ShardState.Active when shard.Attempt is { State: TaskState.Staging or TaskState.Starting } attempt => new WhyView(
            run.Id,
            shard.Item,
            "executorStarting",
            $"task {attempt.Task} was launched on {world.Agents.GetValueOrDefault(attempt.Agent)?.Hostname ?? attempt.Agent}; its executor {attempt.Executor} has not started it yet"),
        ShardState.Active when shard.Attempt is { UnreachableSince: { } since } attempt => new WhyView(
            run.Id,
            shard.Item,
            "unreachable",
            $"the agent of task {attempt.Task} does not answer since {since:u}",
            run.Definition.Policy.Failover ? since + run.Definition.Policy.UnreachableTimeout : null),
        _ => null,
    };

    /// <summary>How the last attempt ended, and what comes after the pause.</summary>
    private static string Backoff(Run run, Shard shard)
    {
        string last = shard.Attempt is { EndedAt: not null, Failure.Message: { } failure } ended ? $"attempt {ended.Number}: {failure}; " : "";
        return last + shard.Reason switch
        {
            "retry" => $"attempt {shard.Failures + 1} of {run.Definition.Policy.Retry.Attempts} comes after a pause",
            "restart" => $"it ended {Times(shard.Failures)} and is started again after a pause that grows",
            _ => $"its place was lost {Times(shard.PlaceLosses)} and it is placed again after a pause that grows",
        };
    }

    private static string Times(int number) => number == 1 ? "once" : $"{number} times";

    private static string Position(World world, Run run)
    {
        int position = 1;
        foreach (Run other in world.Placeable)
        {
            if (ReferenceEquals(other, run))
            {
                break;
            }

            position++;
        }

        return $"position {position} in the queue";
    }
}
