using System.Threading.Channels;
using ElasticJob.Events;
using ElasticJob.Scheduler.Cluster;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.State;
using ElasticJob.Scheduling.Views;
using ElasticJob.Storage;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Scheduler.Loop;

/// <summary>
/// The loop around the core, and the only place where it is touched:
/// <code>
///   1. drain what has arrived     2. the core decides, in memory
///   3. commit, fenced             4. effects, events, answers, reads     (while 3 waits, 1 gathers: batches grow with load)
/// </code>
/// If a commit fails because the store is ill, the same batch is tried until it succeeds: nothing later can overtake it. If it fails because
/// another scheduler took over, the loop ends and nothing of the batch happens.
/// </summary>
public sealed partial class SchedulerLoop : ISchedulerLoop
{
    private const int MostInBatch = 10_000;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly IStateStore store;
    private readonly IClusterDriver cluster;
    private readonly EventPump pump;
    private readonly CoreOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<SchedulerLoop> logger;
    private readonly Channel<Arrival> arrivals = Channel.CreateUnbounded<Arrival>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Queue<Arrival> held = new();
    private readonly Dictionary<long, TaskCompletionSource<CommandResult>> asked = [];
    private readonly TaskCompletionSource<SchedulingCore> loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long nextQuestion;
    private long confirmed;
    private volatile string? storeFault;
    private volatile Exception? ended;

    /// <summary>Makes a loop; nothing happens before <see cref="RunAsync"/>.</summary>
    public SchedulerLoop(
        IStateStore store,
        IClusterDriver cluster,
        IEventSink sink,
        CoreOptions options,
        TimeProvider time,
        ILoggerFactory loggers)
    {
        this.store = store;
        this.cluster = cluster;
        this.options = options;
        this.time = time;
        logger = loggers.CreateLogger<SchedulerLoop>();
        pump = new EventPump(sink, time, loggers.CreateLogger("ElasticJob.Scheduler.EventPump"));
    }

    /// <inheritdoc/>
    public string? StoreFault => storeFault;

    /// <inheritdoc/>
    public string? SinkFault => pump.Fault;

    /// <summary>Completes when the stored state is loaded; faults if it cannot be.</summary>
    public Task Loaded => loaded.Task;

    /// <summary>Runs until cancelled, or until another scheduler has taken over.</summary>
    /// <exception cref="FencedException">The state store belongs to another scheduler now.</exception>
    /// <exception cref="ClusterFencedException">The cluster gave this scheduler's place to another one.</exception>
    /// <exception cref="StateStoreException">The state store could not be opened.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task driving = Task.CompletedTask;
        Task pumping = Task.CompletedTask;
        try
        {
            StoredState stored = await store.OpenAsync(cancellationToken).ConfigureAwait(false);
            var core = new SchedulingCore(options, stored.Epoch, stored.Records);
            pump.Add(EventOutbox.Read(stored.Records));
            LogLoaded(stored.Records.Count, stored.Epoch);
            pumping = pump.RunAsync(sequence => Post(new Arrival.Confirmed(sequence)), stop.Token);
            driving = DriveAsync(core.FrameworkId, stop.Token);
            loaded.TrySetResult(core);
            await LoopAsync(core, driving, stop.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            ended = e;
            loaded.TrySetException(e);
            throw;
        }
        finally
        {
            arrivals.Writer.TryComplete();
            ended ??= new OperationCanceledException("The scheduler was stopped.");
            pump.Complete();
            await AnswerTheRest(ended).ConfigureAwait(false);
            await pumping.WaitAsync(TimeSpan.FromSeconds(2), time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(driving, pumping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<CommandResult> SubmitAsync(Command command, CancellationToken cancellationToken = default)
    {
        RefuseIfDown();
        var answer = new TaskCompletionSource<CommandResult>(TaskCreationOptions.RunContinuationsAsynchronously);
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

        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
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

    private void Post(Arrival arrival)
    {
        if (!arrivals.Writer.TryWrite(arrival))
        {
            Refuse(arrival, ended ?? new OperationCanceledException("The scheduler was stopped."));
        }
    }

    private async Task DriveAsync(string? frameworkId, CancellationToken cancellationToken)
    {
        try
        {
            await cluster.RunAsync(frameworkId, input => Post(new Arrival.Happened(input)), cancellationToken).ConfigureAwait(false);
        }
        catch (ClusterFencedException e)
        {
            Post(new Arrival.Fenced(e));
        }
    }

    private async Task LoopAsync(SchedulingCore core, Task driving, CancellationToken cancellationToken)
    {
        var inputs = new List<Input>();
        var reads = new List<Arrival.Reading>();
        long origin = time.GetTimestamp();
        using ITimer alarm = time.CreateTimer(_ => arrivals.Writer.TryWrite(Arrival.Tick.Instance), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        bool first = true;
        while (first || held.Count > 0 || await arrivals.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            first = false;
            if (driving.IsFaulted)
            {
                await driving.ConfigureAwait(false);
            }

            Drain(inputs, reads);
            StepResult step = core.Step(inputs, new Moment(time.GetUtcNow(), time.GetElapsedTime(origin)));
            inputs.Clear();
            if (step.Mutations.Count > 0)
            {
                await CommitAsync(core, step.Mutations, cancellationToken).ConfigureAwait(false);
            }

            cluster.Carry(step.Effects);
            pump.Add(step.Events);
            foreach ((long id, CommandResult result) in step.Answers)
            {
                if (asked.Remove(id, out TaskCompletionSource<CommandResult>? answer))
                {
                    answer.TrySetResult(result);
                }
            }

            foreach (Arrival.Reading reading in reads)
            {
                reading.Read(core);
            }

            reads.Clear();
            alarm.Change(step.WakeIn is { } wake && wake < LongestWait ? wake : LongestWait, Timeout.InfiniteTimeSpan);
        }
    }

    private void Drain(List<Input> inputs, List<Arrival.Reading> reads)
    {
        bool acted = false;
        while (inputs.Count < MostInBatch && (held.TryDequeue(out Arrival? arrival) || arrivals.Reader.TryRead(out arrival)))
        {
            switch (arrival)
            {
                case Arrival.Happened happened:
                    inputs.Add(happened.Input);
                    acted = true;
                    break;
                case Arrival.Question question:
                    asked.Add(++nextQuestion, question.Answer);
                    inputs.Add(new Input.Asked(nextQuestion, question.Command));
                    acted = true;
                    break;
                case Arrival.Reading reading:
                    reads.Add(reading);
                    break;
                case Arrival.Confirmed sink:
                    confirmed = sink.Sequence;
                    break;
                case Arrival.Fenced fenced:
                    throw fenced.Cause;
                default:
                    acted = true;
                    break;
            }
        }

        // A confirmation alone is not worth a commit: it goes with the next one, at the latest with the next tick.
        if (acted && confirmed > 0)
        {
            inputs.Add(new Input.EventsConfirmed(confirmed));
            confirmed = 0;
        }
    }

    private async Task CommitAsync(SchedulingCore core, IReadOnlyList<Mutation> mutations, CancellationToken cancellationToken)
    {
        TimeSpan pause = FirstPause;
        while (true)
        {
            try
            {
                await store.CommitAsync(mutations, cancellationToken).ConfigureAwait(false);
                if (storeFault is not null)
                {
                    storeFault = null;
                    LogCommitGoesOn();
                }

                return;
            }
            catch (StateStoreException e) when (e is not FencedException)
            {
                storeFault = e.Message;
                LogCommitFailed(e.Message, pause.TotalSeconds);
            }

            ServeReadsWhileIll(core);
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    /// <summary>People who look must see that, and why, nothing goes on; what else has arrived waits in order.</summary>
    private void ServeReadsWhileIll(SchedulingCore core)
    {
        while (arrivals.Reader.TryRead(out Arrival? arrival))
        {
            switch (arrival)
            {
                case Arrival.Reading reading:
                    reading.Read(core);
                    break;
                case Arrival.Question question:
                    question.Answer.TrySetException(new SchedulerUnavailableException($"The state cannot be written at the moment: {storeFault}"));
                    break;
                default:
                    held.Enqueue(arrival);
                    break;
            }
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

    [LoggerMessage(2200, LogLevel.Information, "Loaded {Records} records as epoch {Epoch}.")]
    private partial void LogLoaded(int records, long epoch);

    [LoggerMessage(2201, LogLevel.Error, "The state could not be written: {Reason} Trying again in {Seconds:0.0} s; nothing is started or ended meanwhile.")]
    private partial void LogCommitFailed(string reason, double seconds);

    [LoggerMessage(2202, LogLevel.Information, "The state is written again; everything goes on.")]
    private partial void LogCommitGoesOn();

    private abstract record Arrival
    {
        public sealed record Happened(Input Input) : Arrival;

        public sealed record Question(Command Command, TaskCompletionSource<CommandResult> Answer) : Arrival;

        public sealed record Reading(Action<ISchedulingView> Read, Action<Exception> Refuse) : Arrival;

        public sealed record Confirmed(long Sequence) : Arrival;

        public sealed record Fenced(Exception Cause) : Arrival;

        public sealed record Tick : Arrival
        {
            public static readonly Tick Instance = new();
        }
    }
}
