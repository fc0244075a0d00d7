using ElasticJob.Mesos.Tests;
using ElasticJob.Scheduler.Leadership;

namespace ElasticJob.Scheduler.Tests.Leadership;

public sealed class LeaseTests
{
    private static readonly TimeSpan Session = TimeSpan.FromSeconds(9);
    private readonly ManualTime time = new(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly Lease lease;

    public LeaseTests() => lease = new Lease(Session, time);

    [Fact]
    public void IsHeld_BeforeAProof_No() => lease.IsHeld.ShouldBeFalse();

    [Fact]
    public void IsHeld_Proven_ForTwoThirdsOfTheSessionFromTheSendingOn()
    {
        LeaseMark sent = lease.Mark();
        time.Advance(TimeSpan.FromSeconds(4));
        lease.Prove(sent);
        lease.IsHeld.ShouldBeTrue();
        time.Advance(TimeSpan.FromSeconds(1.9));
        lease.IsHeld.ShouldBeTrue();
        time.Advance(TimeSpan.FromSeconds(0.1));
        lease.IsHeld.ShouldBeFalse();
    }

    [Fact]
    public void Prove_LateAnswerOfAnEarlierWrite_DoesNotShortenTheLease()
    {
        LeaseMark first = lease.Mark();
        time.Advance(TimeSpan.FromSeconds(5));
        lease.Prove(lease.Mark());
        lease.Prove(first);
        time.Advance(TimeSpan.FromSeconds(5));
        lease.IsHeld.ShouldBeTrue();
    }

    [Fact]
    public void IsHeld_SleepThatOnlyTheWallClockSaw_No()
    {
        lease.Prove(lease.Mark());
        time.StepWall(TimeSpan.FromHours(1));
        lease.IsHeld.ShouldBeFalse();
    }

    [Fact]
    public void IsHeld_WallClockSetBack_AsLongAsByTheOtherClock()
    {
        lease.Prove(lease.Mark());
        time.StepWall(TimeSpan.FromHours(-1));
        time.Advance(TimeSpan.FromSeconds(5.9));
        lease.IsHeld.ShouldBeTrue();
        time.Advance(TimeSpan.FromSeconds(0.1));
        lease.IsHeld.ShouldBeFalse();
    }

    [Fact]
    public void Suspend_OnlyAWriteSentLaterProvesAgain()
    {
        lease.Prove(lease.Mark());
        time.Advance(TimeSpan.FromSeconds(1));
        LeaseMark before = lease.Mark();
        time.Advance(TimeSpan.FromSeconds(1));
        Task suspended = lease.Suspended;
        suspended.IsCompleted.ShouldBeFalse();
        lease.Suspend();
        suspended.IsCompleted.ShouldBeTrue();
        lease.IsHeld.ShouldBeFalse();
        lease.Prove(before);
        lease.IsHeld.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(1));
        lease.Prove(lease.Mark());
        lease.IsHeld.ShouldBeTrue();
        lease.Suspended.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task HeldAsync_NotHeld_WaitsForTheNextProof()
    {
        Task waiting = lease.HeldAsync(TestContext.Current.CancellationToken).AsTask();
        waiting.IsCompleted.ShouldBeFalse();
        lease.Prove(lease.Mark());
        await waiting;

        time.Advance(Session);
        using var over = new CancellationTokenSource();
        Task again = lease.HeldAsync(over.Token).AsTask();
        again.IsCompleted.ShouldBeFalse();
        await over.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(again);
    }
}
