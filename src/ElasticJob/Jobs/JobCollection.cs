using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ElasticJob;

/// <summary>The jobs of an app, each under the name that definitions use.</summary>
public sealed class JobCollection
{
    private readonly IServiceCollection services;
    private readonly SortedDictionary<string, JobRegistration> jobs = new(StringComparer.Ordinal);

    internal JobCollection(IServiceCollection services) => this.services = services;

    /// <summary>The names of all jobs, sorted.</summary>
    public IReadOnlyCollection<string> Names => jobs.Keys;

    internal IReadOnlyCollection<JobRegistration> All => jobs.Values;

    /// <summary>Adds a job class. Its constructor may ask for services; each execution gets an instance and a scope of its own.</summary>
    /// <typeparam name="TJob">Implements <see cref="ISimpleJob"/>, <see cref="IDataflowJob{T}"/> or <see cref="IResidentJob"/>.</typeparam>
    /// <param name="name">The name by which definitions ask for it.</param>
    /// <param name="options">Options; all defaults when absent.</param>
    /// <exception cref="ArgumentException">The name is empty or taken, or the class is not a job.</exception>
    public JobCollection Add<TJob>(string name, JobOptions? options = null)
        where TJob : class, IJob
    {
        Add(JobRegistration.Of<TJob>(name, options ?? new JobOptions()));
        services.TryAddScoped<TJob>();
        return this;
    }

    /// <summary>Adds a job written as a function.</summary>
    /// <param name="name">The name by which definitions ask for it.</param>
    /// <param name="execute">Does the work of one shard, as <see cref="ISimpleJob.ExecuteAsync"/> does.</param>
    /// <param name="options">Options; all defaults when absent.</param>
    /// <exception cref="ArgumentException">The name is empty or taken.</exception>
    public JobCollection AddSimple(string name, Func<ShardingContext, CancellationToken, ValueTask> execute, JobOptions? options = null)
    {
        Add(new JobRegistration(name, JobKind.Simple, (_, context, _, token) => execute(context, token), options ?? new JobOptions()));
        return this;
    }

    internal bool TryFind(string name, [NotNullWhen(true)] out JobRegistration? job) => jobs.TryGetValue(name, out job);

    private void Add(JobRegistration job)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(job.Name);
        if (!jobs.TryAdd(job.Name, job))
        {
            throw new ArgumentException($"There is a job '{job.Name}' already; each needs a name of its own.", nameof(job));
        }
    }
}
