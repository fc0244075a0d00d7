using ElasticJob.Mesos.Errors;

namespace ElasticJob.Mesos.SchedulerApi;

/// <summary>Somebody who knows which master leads.</summary>
public interface IMasterDirectory
{
    /// <summary>Where the leading master is; null while there is none.</summary>
    /// <exception cref="MesosUnavailableException">The directory cannot be asked.</exception>
    Task<Uri?> FindLeaderAsync(CancellationToken cancellationToken);

    /// <summary>Completes when somebody else than <paramref name="leader"/> leads; waits as long as nobody does, or nobody can be asked.</summary>
    Task LeaderChangedAsync(Uri leader, CancellationToken cancellationToken);
}
