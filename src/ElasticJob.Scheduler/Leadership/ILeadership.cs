using ElasticJob.Storage;

namespace ElasticJob.Scheduler.Leadership;

/// <summary>The choice of the scheduler that leads. There are two ways: this one is the only one, or ZooKeeper decides.</summary>
public interface ILeadership
{
    /// <summary>Who leads now.</summary>
    LeadershipView View { get; }

    /// <summary>Leads whenever it is this scheduler's turn, until cancelled.</summary>
    /// <param name="lead">Leads for one term; its token ends the term. It may end by itself, with an error that says why.</param>
    /// <param name="cancellationToken">Ends the term under way, in order, and gives the turn to the next.</param>
    /// <exception cref="StateStoreException">The state cannot be kept where the settings say; the message says why and what to do.</exception>
    Task RunAsync(Func<Term, CancellationToken, Task> lead, CancellationToken cancellationToken);
}
