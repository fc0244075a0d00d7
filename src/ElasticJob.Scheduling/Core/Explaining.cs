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
                answers.Add(new WhyView(run.Id, null, "overlap", $"waits for run {job.Active.FirstOrDefault()?.Id ?? "before it"} (overlap: {Name(run)})"));
                continue;
            }

            if (run is { StartedAt: null, IsResident: false, Refusals.Count: > 0, Shards.Length: > 1 } && run.Definition.Policy.Launch == LaunchPolicy.AllShards && world.Connected)
            {
                answers.Add(new WhyView(run.Id, null, "gang", "all shards must have a place at once, and no offers are enough", Refusals: run.Refusals));
                continue;
            }

            foreach (Shard shard in run.Shards)
            {
                if (Why(world, run, shard) is { } why)
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

    private static WhyView? Why(World world, Run run, Shard shard) => shard.State switch
    {
        ShardState.Pending when !world.Connected => new WhyView(run.Id, shard.Item, "disconnected", $"the scheduler is not connected to the cluster: {world.Fault}"),
        ShardState.Pending when run.Refusals.Count > 0 => new WhyView(run.Id, shard.Item, "refused", "no offer fits", Refusals: run.Refusals),
        ShardState.Pending => new WhyView(run.Id, shard.Item, "noOffers", $"waits for offers; position {Position(world, run)} in the queue"),
        ShardState.Delayed => new WhyView(run.Id, shard.Item, "backoff", shard.Reason ?? "waits for its next attempt", shard.NotBefore),
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

    private static int Position(World world, Run run)
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

        return position;
    }
}
