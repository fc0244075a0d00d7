using System.Threading.Channels;
using ElasticJob.Events;
using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduler.Cluster;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.State;
using ElasticJob.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace ElasticJob.Scheduler.Tests.Loop;

/// <summary>The order that the loop promises: commit, then effects, then answers; and what it does when the store fails.</summary>
public sealed class SchedulerLoopTests : IAsyncLifetime
{
    private readonly RecordingStore store = new();
    private readonly RecordingCluster cluster;
    private readonly InMemoryEventStore events = new();
    private readonly CancellationTokenSource stop = new();
    private readonly List<string> history = [];
    private SchedulerLoop loop = null!;
    private Task running = Task.CompletedTask;

    public SchedulerLoopTests()
    {
        cluster = new RecordingCluster(history);
        store.History = history;
    }

    private static CancellationToken Patience => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        loop = new SchedulerLoop(store, cluster, [events], new CoreOptions(), TimeProvider.System, NullLoggerFactory.Instance);
        running = loop.RunAsync(stop.Token);
        await loop.Loaded.WaitAsync(Patience);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await events.DisposeAsync();
        stop.Dispose();
    }

    [Fact]
    public async Task Launch_IntentIsCommittedBeforeTheClusterHearsOfIt()
    {
        await StartTaskAsync();
        int accept = Snapshot().IndexOf("effect Accept");
        Snapshot()[..accept].ShouldContain(h => h.StartsWith("commit ", StringComparison.Ordinal) && h.Contains("runs/job@"));
    }

    [Fact]
    public async Task Status_IsAcknowledgedOnlyAfterItsEffectIsDurable()
    {
        TaskLaunch task = await StartTaskAsync();
        lock (history)
        {
            history.Clear();
        }

        cluster.Post(new Input.Status(new TaskUpdate { Task = task.Task, State = TaskState.Finished, Agent = "a", Uuid = "AAAA" }));
        (await cluster.NextAsync<Effect.Acknowledge>(Patience)).Task.ShouldBe(task.Task);
        List<string> seen = Snapshot();
        seen.FindIndex(h => h.Contains("runs/job@")).ShouldBeInRange(0, seen.IndexOf("effect Acknowledge") - 1);
    }

    [Fact]
    public async Task Commit_StoreIsIll_NothingHappensReadersSeeWhyAndItGoesOnAfterwards()
    {
        await ApplyAsync();
        store.Fail = new StateStoreException("The disk is full.");
        ValueTask<CommandResult> trigger = loop.SubmitAsync(new Command.TriggerJob("t", new JobName("job")), Patience);
        await store.Failed.Task.WaitAsync(Patience);
        (await loop.ReadAsync(v => v.Cluster().Jobs, Patience)).ShouldBe(1);
        loop.StoreFault.ShouldBe("The disk is full.");
        (await Should.ThrowAsync<SchedulerUnavailableException>(async () => await loop.SubmitAsync(new Command.RemoveJob("t", new JobName("job")), Patience)))
            .Message.ShouldContain("The disk is full.");
        trigger.IsCompleted.ShouldBeFalse("it is not durable yet");

        store.Fail = null;
        (await trigger).Status.ShouldBe(CommandStatus.Done);
        loop.StoreFault.ShouldBeNull();
        store.Batches.Count(b => b.Any(m => m.Key.StartsWith("runs/", StringComparison.Ordinal) && m.Value is not null)).ShouldBe(1, "the batch that failed is the batch that was written, once");
    }

    [Fact]
    public async Task Pitfall5_AnotherSchedulerTookOver_ThisOneEndsAndNothingOfTheBatchHappens()
    {
        await ApplyAsync();
        cluster.Post(new Input.Connected("f"));
        await cluster.NextAsync<Effect.Suppress>(Patience);
        store.Fail = new FencedException(1);
        ValueTask<CommandResult> trigger = loop.SubmitAsync(new Command.TriggerJob("t", new JobName("job")), Patience);
        await Should.ThrowAsync<FencedException>(() => running.WaitAsync(Patience));
        await Should.ThrowAsync<SchedulerUnavailableException>(async () => await trigger);
        await Should.ThrowAsync<SchedulerUnavailableException>(async () => await loop.SubmitAsync(new Command.RemoveJob("t", new JobName("job")), Patience));
        Snapshot().ShouldNotContain("effect Revive");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Effect_NothingToWrite_IsProvenByACommitUnlessALockKeepsOthersOut(bool keepsOthersOut)
    {
        store.KeepsOthersOut = keepsOthersOut;
        cluster.Post(new Input.Connected("f"));
        await cluster.NextAsync<Effect.Suppress>(Patience);
        int before = Snapshot().Count;

        cluster.Post(new Input.Status(new TaskUpdate { Task = "of nobody", State = TaskState.Running, Agent = "a", Uuid = "AAAA" }));
        await cluster.NextAsync<Effect.Acknowledge>(Patience);

        // An empty batch is a commit without keys; a confirmation of events may have come along, and is written.
        string[] since = [.. Snapshot().Skip(before).TakeWhile(h => h != "effect Acknowledge")];
        if (keepsOthersOut)
        {
            since.ShouldNotContain("commit ");
        }
        else
        {
            since.ShouldContain(h => h.StartsWith("commit ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Fenced_ByTheCluster_TheLoopEnds()
    {
        cluster.Fence("Framework failed over");
        await Should.ThrowAsync<ClusterFencedException>(() => running.WaitAsync(Patience));
    }

    [Fact]
    public async Task Read_ThatThrows_HarmsOnlyTheReader()
    {
        await Should.ThrowAsync<InvalidOperationException>(async () => await loop.ReadAsync<int>(_ => throw new InvalidOperationException("mine"), Patience));
        (await loop.ReadAsync(v => v.Cluster().Jobs, Patience)).ShouldBe(0);
    }

    [Fact]
    public async Task Events_OnceStored_LeaveTheOutbox()
    {
        await ApplyAsync();
        while (store.Records.Keys.Any(k => k.StartsWith("outbox/", StringComparison.Ordinal)))
        {
            await store.Committed.Reader.ReadAsync(Patience);
        }

        (await events.EventsAsync(new EventFilter(), new PageRequest(10), Patience)).Items.Select(e => e.Sequence).Order().ShouldBe([1, 2, 3]);
    }

    private List<string> Snapshot()
    {
        lock (history)
        {
            return [.. history];
        }
    }

    private async Task ApplyAsync() => (await loop.SubmitAsync(
        new Command.Apply(
            "t",
            [new AppDefinition { Name = new AppName("app"), Command = "./App" }],
            [new JobDefinition { Name = new JobName("job"), App = new AppName("app"), Work = new ClassWork("job") }]),
        Patience)).Status.ShouldBe(CommandStatus.Done);

    private async Task<TaskLaunch> StartTaskAsync()
    {
        await ApplyAsync();
        cluster.Post(new Input.Connected("f"));
        await loop.SubmitAsync(new Command.TriggerJob("t", new JobName("job")), Patience);
        await cluster.NextAsync<Effect.Revive>(Patience);
        cluster.Post(new Input.Offers([new Offer { Id = "o", Agent = "a", Hostname = "h", Resources = Resources.Of(4, 4096) }]));
        Effect.Accept accept = await cluster.NextAsync<Effect.Accept>(Patience);
        return accept.Tasks.Single();
    }

    private sealed class RecordingStore : IStateStore
    {
        public SortedDictionary<string, byte[]> Records { get; } = new(StringComparer.Ordinal);

        public List<IReadOnlyList<Mutation>> Batches { get; } = [];

        public List<string> History { get; set; } = [];

        public volatile StateStoreException? Fail;

        public TaskCompletionSource Failed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Channel<int> Committed { get; } = Channel.CreateUnbounded<int>();

        public bool KeepsOthersOut { get; set; }

        public ValueTask<StoredState> OpenAsync(CancellationToken cancellationToken) => new(new StoredState(1, []));

        public async ValueTask CommitAsync(IReadOnlyList<Mutation> mutations, CancellationToken cancellationToken)
        {
            await Task.Yield();
            if (Fail is { } fault)
            {
                Failed.TrySetResult();
                throw fault;
            }

            foreach (Mutation mutation in mutations)
            {
                _ = mutation.Value is null ? Records.Remove(mutation.Key) : (Records[mutation.Key] = mutation.Value) is null;
            }

            lock (History)
            {
                History.Add($"commit {string.Join(' ', mutations.Select(m => m.Key))}");
            }

            Batches.Add(mutations);
            Committed.Writer.TryWrite(Batches.Count);
        }

        public ValueTask DisposeAsync() => default;
    }

    private sealed class RecordingCluster(List<string> history) : IClusterDriver
    {
        private readonly Channel<Effect> effects = Channel.CreateUnbounded<Effect>();
        private readonly TaskCompletionSource fence = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Action<Input>? post;

        public void Post(Input input) => post!(input);

        public void Fence(string reason) => fence.TrySetException(new ClusterFencedException(reason));

        public Task RunAsync(string? frameworkId, Action<Input> post, CancellationToken cancellationToken)
        {
            this.post = post;
            return fence.Task.WaitAsync(cancellationToken);
        }

        public void Carry(IReadOnlyList<Effect> carried)
        {
            foreach (Effect effect in carried)
            {
                lock (history)
                {
                    history.Add($"effect {effect.GetType().Name}");
                }

                effects.Writer.TryWrite(effect);
            }
        }

        public async Task<T> NextAsync<T>(CancellationToken cancellationToken)
            where T : Effect
        {
            while (true)
            {
                if (await effects.Reader.ReadAsync(cancellationToken) is T wanted)
                {
                    return wanted;
                }
            }
        }
    }
}
