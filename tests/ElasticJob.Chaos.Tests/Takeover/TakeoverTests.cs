using ElasticJob.Chaos.Checking;
using ElasticJob.Chaos.Processes;
using ElasticJob.EndToEnd.Tests.Faults;
using ElasticJob.Mesos.V1.Scheduler;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Chaos.Takeover;

/// <summary>The lead changes between processes: each way with what the master has seen of it, and with the ledger.</summary>
[Collection("processes")]
public sealed class TakeoverTests(WitnessedInstallation fellows) : IClassFixture<WitnessedInstallation>
{
    private const int Limit = 300_000;

    [Fact(Timeout = Limit)]
    public async Task Leader_FrozenForTwoSessionsWithCallsToSend_SendsNothingMoreAndQueuesUpAgain()
    {
        (SchedulerProcess old, long epoch) = await fellows.LeaderAsync();

        // The first call is on its way and hangs, so the second waits in the process: decided, committed, and not sent.
        old.Calls!.Frozen = true;
        await fellows.ReconcileAsync(old);
        await fellows.ReconcileAsync(old);
        old.Process.Signal(Signals.Stop);
        DateTimeOffset frozen = TimeProvider.System.GetUtcNow();
        DateTimeOffset thawed;
        (SchedulerProcess Leader, long Epoch) next;
        try
        {
            next = await fellows.OtherLeaderAsync(old);
            old.Calls.Frozen = false;
            await fellows.TickedAsync(frozen + (2 * WitnessedInstallation.Session));
        }
        finally
        {
            thawed = TimeProvider.System.GetUtcNow();
            old.Process.Signal(Signals.Continue);
        }

        await WitnessedInstallation.SaysAsync(old, "This scheduler leads no more");
        await fellows.MembersAsync(fellows.Schedulers.Count);
        await fellows.TickedAsync(TimeProvider.System.GetUtcNow() + WitnessedInstallation.Session);

        old.Calls.Passed.Where(c => c.Came > thawed).ShouldBeEmpty("a zombie launches, kills and acknowledges nothing");
        old.Calls.Passed.Where(c => c.Answered > frozen && c.IsAccepted).ShouldBeEmpty("what had left it before was refused by the master");
        next.Epoch.ShouldBe(epoch + 1);
        next.Leader.Calls!.Passed.ShouldContain(c => c.Type == Call.Types.Type.Accept && c.Came > frozen && c.IsAccepted);
        (await fellows.OtherLeaderAsync(old)).ShouldBe(next, "it has queued up behind the others");
        await DemandAsync(frozen, changes: 1, next.Epoch);
    }

    [Fact(Timeout = Limit)]
    public async Task Leader_ToldToEnd_HandsOverAndEachSecondHasOneRun()
    {
        (SchedulerProcess old, long epoch) = await fellows.LeaderAsync();
        DateTimeOffset from = TimeProvider.System.GetUtcNow();

        (await old.Process.EndAsync()).ShouldBeTrue("it ends by itself");
        (SchedulerProcess leader, long taken) = await fellows.OtherLeaderAsync(old);
        await fellows.TickedAsync(TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(2));

        taken.ShouldBe(epoch + 1);
        DateTimeOffset subscribed = leader.Calls!.Passed.Last(c => c.Type == Call.Types.Type.Subscribe).Came;
        old.Calls!.Passed.Where(c => c.Came > subscribed).ShouldBeEmpty();
        await DemandAsync(from, changes: 1, taken);
    }

    [Fact(Timeout = Limit)]
    public async Task Leader_Killed_ExactlyOneTakesOver()
    {
        (SchedulerProcess old, long epoch) = await fellows.LeaderAsync();
        DateTimeOffset from = TimeProvider.System.GetUtcNow();

        await old.Process.KillAsync();
        (SchedulerProcess leader, long taken) = await fellows.OtherLeaderAsync(old);
        await fellows.TickedAsync(TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(2));

        taken.ShouldBe(epoch + 1);
        SchedulerProcess third = fellows.Schedulers.Single(s => s != old && s != leader);
        third.Calls!.Passed.Where(c => c.Came > from).ShouldBeEmpty("who does not lead says nothing to the master");
        await DemandAsync(from, changes: 1, taken);
    }

    /// <summary>Since <paramref name="from"/> the lead has changed so often, the last time with this epoch; the ledger is complete, and each second has one run.</summary>
    private async Task DemandAsync(DateTimeOffset from, int changes, long epoch)
    {
        Verdict verdict = await fellows.JudgeAsync();
        verdict.Violations.ShouldBeEmpty();
        SchedulerEvent[] since = [.. verdict.Events.Where(e => e.At > from)];
        string?[] starts = [.. since.Where(e => e.Kind == EventKind.SchedulerStarted).Select(e => e.Message)];
        starts.Length.ShouldBe(changes, string.Join(", ", starts));
        starts[^1].ShouldBe($"epoch {epoch}");

        DateTimeOffset[] ticks = [.. since.Where(e => e is { Kind: EventKind.RunCreated, Job: WitnessedInstallation.Tick }).Select(e => e.DueAt!.Value).Order()];
        ticks.Zip(ticks.Skip(1)).Where(pair => pair.Second - pair.First != TimeSpan.FromSeconds(1)).ShouldBeEmpty("each due second has exactly one run");
        ticks.Length.ShouldBeGreaterThan(2);
    }
}
