namespace ElasticJob.Scheduler.Leadership;

/// <summary>The proof that this scheduler leads. Whatever changes the world outside is done under it.</summary>
public interface ILease
{
    /// <summary>Whether it can be proven now.</summary>
    bool IsHeld { get; }

    /// <summary>Completes when the lease that is held now is suspended.</summary>
    Task Suspended { get; }

    /// <summary>Completes at once while the lease is held, otherwise when it is again. Call it right before each effect leaves.</summary>
    /// <exception cref="OperationCanceledException">It will not be held again: the term is over.</exception>
    ValueTask HeldAsync(CancellationToken cancellationToken);
}
