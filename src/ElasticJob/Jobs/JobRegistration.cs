using Microsoft.Extensions.DependencyInjection;

namespace ElasticJob;

/// <summary>Runs one execution of a job; the provider is that of the execution's own scope.</summary>
internal delegate ValueTask JobInvocation(
    IServiceProvider services, ShardingContext context, bool streaming, CancellationToken cancellationToken);

/// <summary>A job under the name by which orders ask for it.</summary>
internal sealed record JobRegistration(string Name, JobKind Kind, JobInvocation Invoke, JobOptions Options)
{
    public static JobRegistration Of<TJob>(string name, JobOptions options)
        where TJob : class, IJob
    {
        Type type = typeof(TJob);
        if (type.IsAssignableTo(typeof(ISimpleJob)))
        {
            return new JobRegistration(
                name,
                JobKind.Simple,
                (services, context, _, token) => ((ISimpleJob)services.GetRequiredService<TJob>()).ExecuteAsync(context, token),
                options);
        }

        if (type.IsAssignableTo(typeof(IResidentJob)))
        {
            return new JobRegistration(
                name,
                JobKind.Resident,
                (services, context, _, token) => ((IResidentJob)services.GetRequiredService<TJob>()).RunAsync(context, token),
                options);
        }

        Type? dataflow = Array.Find(type.GetInterfaces(), face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IDataflowJob<>));
        if (dataflow is null)
        {
            throw new ArgumentException(
                $"{type.FullName} is not a job class: implement ISimpleJob, IDataflowJob<T> or IResidentJob.", nameof(name));
        }

        var invoke = typeof(JobRegistration)
            .GetMethod(nameof(RunDataflowAsync), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!
            .MakeGenericMethod(type, dataflow.GenericTypeArguments[0])
            .CreateDelegate<JobInvocation>();
        return new JobRegistration(name, JobKind.Dataflow, invoke, options);
    }

    private static async ValueTask RunDataflowAsync<TJob, T>(
        IServiceProvider services, ShardingContext context, bool streaming, CancellationToken cancellationToken)
        where TJob : class, IDataflowJob<T>
    {
        IDataflowJob<T> job = services.GetRequiredService<TJob>();
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            IReadOnlyList<T> data = await job.FetchAsync(context, cancellationToken).ConfigureAwait(false);
            if (data is null or { Count: 0 })
            {
                return;
            }

            await job.ProcessAsync(context, data, cancellationToken).ConfigureAwait(false);
        }
        while (streaming);
    }
}
