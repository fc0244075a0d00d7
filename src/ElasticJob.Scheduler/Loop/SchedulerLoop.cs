using System.Threading.Channels;
using ElasticJob.Events;
using ElasticJob.Scheduler.Access;
using ElasticJob.Scheduler.Cluster;
using ElasticJob.Scheduler.Observability;
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
    private static readonly TimeSpan FinishPatience = TimeSpan.FromMilliseconds(700);

    private readonly IStateStore store;
    private readonly IClusterDriver cluster;
    private readonly EventPumps pumps;
    private readonly CoreOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<SchedulerLoop> logger;
    private readonly HandOver handOver;
    private readonly Channel<Arrival> arrivals;
    private readonly Queue<Arrival> held = new();
    private readonly Dictionary<long, TaskCompletionSource<CommandResult>> asked = [];
    private readonly TaskCompletionSource<SchedulingCore> loaded;
    private readonly TaskCompletionSource connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource halted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long nextQuestion;
    private long confirmed;
    private volatile string? storeFault;
    private volatile Exception? ended;

    /// <summary>Makes a loop; nothing happens before <see cref="RunAsync"/>. Events are forgotten once all of <paramref name="sinks"/> (at least one) have them.</summary>
    public SchedulerLoop(
        IStateStore store,
        IClusterDriver cluster,
        IReadOnlyList<IEventSink> sinks,
        CoreOptions options,
        TimeProvider time,
        ILoggerFactory loggers)
        : this(store, cluster, sinks, options, time, loggers, HandOver.ThroughThreadPool)
    {
    }

    internal SchedulerLoop(
        IStateStore store,
        IClusterDriver cluster,
        IReadOnlyList<IEventSink> sinks,
        CoreOptions options,
        TimeProvider time,
        ILoggerFactory loggers,
        HandOver handOver)
    {
        this.handOver = handOver;
        arrivals = handOver.Channel<Arrival>();
        loaded = handOver.Promise<SchedulingCore>();
        this.store = store;
        this.cluster = cluster;
        this.options = options;
        this.time = time;
        logger = loggers.CreateLogger<SchedulerLoop>();
        pumps = new EventPumps(sinks, time, loggers.CreateLogger("ElasticJob.Scheduler.EventPump"), handOver);
    }

    /// <summary>Who has access; the loop keeps it equal to what is durable.</summary>
    public AccessBook Access { get; init; } = new();

    /// <inheritdoc/>
    public string? StoreFault => storeFault;

    /// <inheritdoc/>
    public string? SinkFault => pumps.Fault;

    /// <inheritdoc/>
    public int QueueDepth => arrivals.Reader.CanCount ? arrivals.Reader.Count : 0;

    /// <summary>Takes what the loop counts and measures.</summary>
    public LoopMetrics Metrics { get; init; } = new();

    /// <summary>The state between two turns, for the simulator; null until it is loaded.</summary>
    internal SchedulingCore? Core => loaded.Task.IsCompletedSuccessfully ? loaded.Task.Result : null;

    /// <summary>Completes when the stored state is loaded; faults if it cannot be.</summary>
    public Task Loaded => loaded.Task;

    /// <summary>Completes when the cluster has accepted the subscription for the first time.</summary>
    public Task Connected => connected.Task;

    /// <summary>Completes when the loop will commit nothing more and every effect has left, or never will. What remains is to tell the events to the sinks.</summary>
    public Task Halted => halted.Task;

    /// <summary>
    /// Runs until cancelled, or until another scheduler has taken over. When cancelled, a batch whose commit is under way is finished with its effects.
    /// </summary>
    /// <exception cref="FencedException">The state store belongs to another scheduler now.</exception>
    /// <exception cref="ClusterFencedException">The cluster gave this scheduler's place to another one.</exception>
    /// <exception cref="StateStoreException">The state store could not be opened.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // Not the caller's token: what was committed before it was cancelled still goes out.
        using var leave = new CancellationTokenSource();
        using var stop = new CancellationTokenSource();
        Task driving = Task.CompletedTask;
        Task pumping = Task.CompletedTask;
        try
        {
            StoredState stored = await store.OpenAsync(cancellationToken).ConfigureAwait(false);
            var core = new SchedulingCore(options, stored.Epoch, stored.Records);
            Access.Load(stored.Records);
            pumps.Add(EventOutbox.Read(stored.Records));
            LogLoaded(stored.Records.Count, stored.Epoch);
            pumping = pumps.RunAsync(sequence => Post(new Arrival.Confirmed(sequence)), stop.Token);
            driving = DriveAsync(core.FrameworkId, leave.Token);
            loaded.TrySetResult(core);
            await LoopAsync(core, driving, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (cancellationToken.IsCancellationRequested)
        {
            ended = e;
            loaded.TrySetException(e);
            using var patience = new CancellationTokenSource(driving.IsCompleted ? TimeSpan.Zero : FinishPatience, time);
            await cluster.FinishAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
        catch (Exception e)
        {
            ended = e;
            loaded.TrySetException(e);
            throw;
        }
        finally
        {
            await handOver.CancelAsync(leave).ConfigureAwait(false);
            arrivals.Writer.TryComplete();
            ended ??= new OperationCanceledException("The scheduler was stopped.");
            pumps.Complete();
            halted.TrySetResult();
            await AnswerTheRest(ended).ConfigureAwait(false);
            await pumping.WaitAsync(TimeSpan.FromSeconds(2), time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await handOver.CancelAsync(stop).ConfigureAwait(false);
            await Task.WhenAll(driving, pumping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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
            Metrics.Drained(inputs.Count);
            StepResult step = core.Step(inputs, new Moment(time.GetUtcNow(), time.GetElapsedTime(origin)));
            inputs.Clear();
            if (step.Mutations.Count > 0 || (step.Effects.Count > 0 && !store.KeepsOthersOut))
            {
                // Without mutations it still proves that this scheduler leads: one that was replaced and does not know must not even kill.
                await CommitAsync(core, step.Mutations, cancellationToken).ConfigureAwait(false);
                Access.Turn(step.Mutations);
            }

            Metrics.Happened(step.Events, time.GetUtcNow());
            cluster.Carry(step.Effects);
            pumps.Add(step.Events);
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
                    if (happened.Input is Input.Connected)
                    {
                        connected.TrySetResult();
                    }

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
            long begun = time.GetTimestamp();
            try
            {
                await store.CommitAsync(mutations, cancellationToken).ConfigureAwait(false);
                Metrics.Committed(mutations.Count, time.GetElapsedTime(begun));
                if (storeFault is not null)
                {
                    storeFault = null;
                    LogCommitGoesOn();
                }

                if (time.GetElapsedTime(begun) < store.ProofHolds)
                {
                    return;
                }

                // The process stood still meanwhile. The batch is written, but somebody else may lead by now: that has to be asked.
                mutations = [];
                continue;
            }
            catch (StateStoreException e) when (e is not FencedException)
            {
                storeFault = e.Message;
                Metrics.CommitFailed();
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
