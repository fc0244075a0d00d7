using ElasticJob.Events;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Simulation.Scheduler;

/// <summary>The event store as one process reaches it. A batch that was sent arrives even when its sender is dead or stopped by then.</summary>
internal sealed class ProcessSink(SimulatedWorld world, SimulatedProcess process) : IEventSink
{
    public string Name => "simulated";

    public bool IsBusy { get; private set; }

    public ValueTask<long> OpenAsync(CancellationToken cancellationToken) => Asked(() => world.Sink.IsDown ? null : world.Sink.StoredUpTo);

    public async ValueTask WriteAsync(IReadOnlyList<SchedulerEvent> events, CancellationToken cancellationToken)
    {
        IReadOnlyList<SchedulerEvent> sent = world.Planted.Events([.. events]);
        _ = await Asked(() => world.Sink.Write(sent) ? 0 : null).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private ValueTask<long> Asked(Func<long?> request)
    {
        var answer = new TaskCompletionSource<long>();
        if (process.IsDead)
        {
            return new ValueTask<long>(answer.Task);
        }

        IsBusy = true;
        world.Timeline.After(world.Latency(), () =>
        {
            long? result = request();
            process.After(world.Latency(), () =>
            {
                IsBusy = false;
                if (result is { } good)
                {
                    answer.TrySetResult(good);
                }
                else
                {
                    answer.TrySetException(new IOException("The event store did not answer."));
                }
            });
        });
        return new ValueTask<long>(answer.Task);
    }
}
