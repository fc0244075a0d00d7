using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduling.Core;

/// <summary>The standing runs of resident jobs.</summary>
internal sealed class ResidentRuns(World world, RunLifecycle runs)
{
    /// <summary>Makes the standing run of a resident job what it should be: there, of this version, or not at all.</summary>
    public void Keep(Job job)
    {
        bool appEnabled = world.Apps.TryGetValue(job.Definition.App, out App? app) && app.Record.Definition.Enabled;
        bool wanted = job.Definition is { Enabled: true, Mode: JobMode.Resident } && job.Fault is null && appEnabled;
        bool there = false;
        foreach (Run run in job.Active.Concat(job.Waiting).Where(r => r.IsResident).ToArray())
        {
            if (wanted && run.Version == job.Record.Version && run.State != RunState.Ending)
            {
                there = true;
            }
            else
            {
                runs.End(run, Outcome.Killed, wanted ? "updated" : "disabled");
            }
        }

        if (wanted && !there)
        {
            runs.Create(job, new NewRun(Trigger.Resident, world.Now.Wall));
            runs.Advance(job);
        }
    }
}
