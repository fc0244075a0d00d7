using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Reports;
using Microsoft.Extensions.DependencyInjection;

namespace ElasticJob.Execution;

/// <summary>Runs one execution of whatever work an order asks for.</summary>
internal sealed class WorkRunner(JobCollection jobs, IServiceProvider services, TimeProvider time)
{
    private readonly ScriptRunner scripts = new(time);
    private readonly Lazy<HttpRunner> http = new(() => new HttpRunner(time));

    /// <summary>What is wrong with the work itself, before anything runs; <see langword="null"/> if nothing is.</summary>
    public TaskFailure? Check(Work work, bool onSchedule) => work switch
    {
        ClassWork named when !jobs.TryFind(named.Name, out _) => Failures.Of(
            FailureKind.UnknownClass,
            jobs.Names.Count == 0
                ? $"The app has no job class '{named.Name}'; it has no job classes at all."
                : $"The app has no job class '{named.Name}'; it has {string.Join(", ", jobs.Names)}."),
        ClassWork named when onSchedule && jobs.TryFind(named.Name, out JobRegistration? job) && job.Kind == JobKind.Resident => Failures.Of(
            FailureKind.InvalidOrder,
            $"'{named.Name}' is an IResidentJob, which runs as long as it is wanted and takes no schedule; for a schedule implement ISimpleJob or IDataflowJob<T>."),
        _ => null,
    };

    /// <summary>Runs to the end: <see langword="null"/> for success.</summary>
    /// <exception cref="OperationCanceledException">The execution ended because it was cancelled.</exception>
    public async Task<TaskFailure?> RunAsync(Work work, ShardingContext context, TaskRoom room, CancellationToken cancellationToken)
    {
        try
        {
            switch (work)
            {
                case ClassWork named:
                    if (!jobs.TryFind(named.Name, out JobRegistration? job))
                    {
                        return Check(work, onSchedule: false);
                    }

                    await using (AsyncServiceScope scope = services.CreateAsyncScope())
                    {
                        scope.ServiceProvider.GetRequiredService<CurrentShard>().Context = context;
                        await job.Invoke(scope.ServiceProvider, context, named.Streaming, cancellationToken).ConfigureAwait(false);
                    }

                    return null;
                case ScriptWork script:
                    return await scripts.RunAsync(script, context, room, cancellationToken).ConfigureAwait(false);
                case HttpWork request:
                    return await http.Value.RunAsync(request, context, room, cancellationToken).ConfigureAwait(false);
                default:
                    return Failures.Of(FailureKind.InvalidOrder, $"This executor does not know work of type {work.GetType().Name}.");
            }
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return Failures.Of(e);
        }
    }
}
