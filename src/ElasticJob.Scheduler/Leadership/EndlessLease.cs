namespace ElasticJob.Scheduler.Leadership;

/// <summary>The lease of a scheduler that has no rivals.</summary>
public sealed class EndlessLease : ILease
{
    /// <inheritdoc/>
    public bool IsHeld => true;

    /// <inheritdoc/>
    public Task Suspended { get; } = new TaskCompletionSource().Task;

    /// <inheritdoc/>
    public ValueTask HeldAsync(CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled(cancellationToken) : ValueTask.CompletedTask;
}
