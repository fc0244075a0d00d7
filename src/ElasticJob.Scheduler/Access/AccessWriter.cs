using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.State;

namespace ElasticJob.Scheduler.Access;

/// <summary>
/// Changes who has access: decided on what the book says, refused by the core when that has changed meanwhile, and then decided again.
/// </summary>
internal sealed class AccessWriter(ISchedulerLoop loop, AccessBook book)
{
    private const int MostTries = 5;

    /// <param name="actor">Who asks.</param>
    /// <param name="decide">What to change and how to tell it, given who has access now. Throws a <see cref="Refusal"/> when it must not be.</param>
    /// <param name="cancellationToken">Gives up waiting; what was handed in happens all the same.</param>
    public async Task<T> ChangeAsync<T>(Actor actor, Func<AccessState, Decision<T>> decide, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            Decision<T> decision = decide(book.Now);
            CommandResult result = await loop.SubmitAsync(new Command.Keep(actor, decision.Records, decision.Changes), cancellationToken).ConfigureAwait(false);
            if (result.Status == CommandStatus.Done)
            {
                return decision.Result;
            }

            if (attempt == MostTries)
            {
                throw new Refusal(409, ProblemCode.Conflict, $"This could not be stored: {result.Message}.") { IsAudited = true };
            }
        }
    }
}

/// <summary>A change of who has access.</summary>
/// <param name="Result">What the caller gets once it is durable.</param>
/// <param name="Records">What to store.</param>
/// <param name="Changes">What the audit log says; never a secret.</param>
internal sealed record Decision<T>(T Result, IReadOnlyList<KeptRecord> Records, params IReadOnlyList<AuditChange> Changes);
