using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduler.Loop;

/// <content>What people ask: commands and reads go in as arrivals, and everybody gets an answer, also when the loop ends.</content>
public sealed partial class SchedulerLoop
{
    /// <inheritdoc/>
    public async ValueTask<CommandResult> SubmitAsync(Command command, CancellationToken cancellationToken = default)
    {
        RefuseIfDown();
        var answer = handOver.Promise<CommandResult>();
        Post(new Arrival.Question(command, answer));
        return await answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<T> ReadAsync<T>(Func<ISchedulingView, T> read, CancellationToken cancellationToken = default)
    {
        if (ended is { } end)
        {
            throw new SchedulerUnavailableException($"The scheduler has stopped: {end.Message}", end);
        }

        var answer = handOver.Promise<T>();
        Post(new Arrival.Reading(
            view =>
            {
                try
                {
                    answer.TrySetResult(read(view));
                }
                catch (Exception e)
                {
                    // The reader's own fault goes to the reader, not to the loop.
                    answer.TrySetException(e);
                }
            },
            e => answer.TrySetException(new SchedulerUnavailableException($"The scheduler has stopped: {e.Message}", e))));
        return await answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private void RefuseIfDown()
    {
        if (ended is { } end)
        {
            throw new SchedulerUnavailableException($"The scheduler has stopped: {end.Message}", end);
        }

        if (storeFault is { } fault)
        {
            throw new SchedulerUnavailableException($"The state cannot be written at the moment: {fault}");
        }
    }

    private async ValueTask AnswerTheRest(Exception reason)
    {
        foreach (TaskCompletionSource<CommandResult> answer in asked.Values)
        {
            answer.TrySetException(new SchedulerUnavailableException($"The scheduler stopped before the request was durable: {reason.Message}", reason));
        }

        asked.Clear();
        await foreach (Arrival arrival in arrivals.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            Refuse(arrival, reason);
        }
    }

    private static void Refuse(Arrival arrival, Exception reason)
    {
        switch (arrival)
        {
            case Arrival.Question question:
                question.Answer.TrySetException(new SchedulerUnavailableException($"The scheduler has stopped: {reason.Message}", reason));
                break;
            case Arrival.Reading reading:
                reading.Refuse(reason);
                break;
            default:
                break;
        }
    }
}
