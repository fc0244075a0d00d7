using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduler.Api;

/// <summary>Finds stored definitions by the names in requests; what is not there is a 404.</summary>
internal static class Stored
{
    public static async Task<AppView> FindAppAsync(this ISchedulerLoop loop, string name, CancellationToken cancellationToken)
    {
        AppName app = Requests.App(name);
        return await loop.ReadAsync(view => view.FindApp(app), cancellationToken) ?? throw Refusal.NotFound($"There is no app '{name}'.");
    }

    public static async Task<JobView> FindJobAsync(this ISchedulerLoop loop, string name, CancellationToken cancellationToken)
    {
        JobName job = Requests.Job(name);
        return await loop.ReadAsync(view => view.FindJob(job), cancellationToken) ?? throw Refusal.NotFound($"There is no job '{name}'.");
    }
}
