using System.Globalization;
using System.Text;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Simulation.Checking;

/// <summary>I10: what a scheduler would load from the store equals what the living one believes.</summary>
internal static class ViewComparison
{
    public static void Check(SimulatedWorld world)
    {
        if (world.Leader is not { IsOpen: true, IsFrozen: false, IsIdle: true } leader)
        {
            return;
        }

        string live = Text(leader.Core);
        string loaded;
        try
        {
            loaded = Text(new SchedulingCore(world.Plan.Options, 0, world.Records.Read()));
        }
        catch (Exception e)
        {
            world.Witness.Fail("I10", $"the stored state cannot be loaded: {e.Message}");
            return;
        }

        if (live != loaded)
        {
            string[] a = live.Split('\n');
            string[] b = loaded.Split('\n');
            world.Witness.Fail("I10", $"live and stored state differ at {world.Timeline.Now.TotalSeconds:0.000} s: live has [{string.Join(" | ", a.Except(b).Take(3))}], the store [{string.Join(" | ", b.Except(a).Take(3))}]");
        }
    }

    private static string Text(SchedulingCore core)
    {
        var text = new StringBuilder();
        foreach (JobView job in core.Jobs())
        {
            text.Append(CultureInfo.InvariantCulture, $"{job.Definition.Name} v{job.Version} up to {job.AnsweredUpTo:O} last {job.Last} enabled {job.Definition.Enabled} waiting {job.WaitingRuns} running {job.RunningRuns}\n");
        }

        foreach (AppView app in core.Apps())
        {
            text.Append(CultureInfo.InvariantCulture, $"{app.Definition.Name} v{app.Version} enabled {app.Definition.Enabled} jobs {app.JobCount}\n");
        }

        foreach (RunView run in core.Runs().Where(r => r.State != RunState.Finished))
        {
            text.Append(CultureInfo.InvariantCulture, $"{run.Id} {run.State} v{run.Version} {run.Trigger} {run.Outcome} {run.Reason} {run.StartedAt:O}\n");
            foreach (ShardView shard in run.Shards)
            {
                text.Append(CultureInfo.InvariantCulture, $"{run.Id} shard {shard.Item} {shard.State} {shard.Attempts} {shard.Reason} {shard.Outcome} {shard.NotBefore:O} {shard.Task?.Id} {shard.Task?.State} {shard.Task?.FencingToken} {shard.Task?.RunningAt:O}\n");
            }
        }

        foreach (string executor in core.Executors().Select(e => $"{e.Id} on {e.Agent} tasks {e.Tasks}").Order(StringComparer.Ordinal))
        {
            text.Append(executor).Append('\n');
        }

        return text.ToString();
    }
}
