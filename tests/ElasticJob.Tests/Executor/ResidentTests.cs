using ElasticJob.Mesos.V1;
using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Reports;
using ElasticJob.Protocol.Schedules;

namespace ElasticJob.Tests.Executor;

public sealed class ResidentTests
{
    [Fact]
    public async Task Launch_ResidentOnSchedule_ReportsExecutionsWhileItRuns()
    {
        await using ExecutorFixture executor = await ExecutorFixture.StartAsync(
            app => app.Jobs.AddSimple("tick", (_, _) => ValueTask.CompletedTask));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        var resident = new ResidentOrder
        {
            Schedules = [new IntervalSchedule(TimeSpan.FromSeconds(1), DateTimeOffset.UnixEpoch)],
            FiredUpTo = now - TimeSpan.FromMinutes(1),
            Misfire = MisfirePolicy.Skip,
        };
        executor.Agent.Launch(ExecutorFixture.Order("t1", new ClassWork("tick")) with { Resident = resident, Trigger = Trigger.Resident });
        await executor.Agent.WaitForAsync(
            "t1", s => !s.Data.IsEmpty && FakeAgent.Report(s).Executions is { } some && some.Any(e => e.Outcome == ExecutionOutcome.Succeeded), executor.Patience);
        executor.Agent.Kill("t1");
        (await executor.Agent.EndOfAsync("t1", executor.Patience)).State.ShouldBe(TaskState.TaskKilled);

        // Together the reports answer every due time since the watermark, each once.
        List<ExecutionReport> all = [.. executor.Agent.Of("t1").Where(s => !s.Data.IsEmpty).SelectMany(s => FakeAgent.Report(s).Executions ?? [])];
        DateTimeOffset last = executor.Agent.Of("t1").Where(s => !s.Data.IsEmpty).Max(s => FakeAgent.Report(s).FiredUpTo)!.Value;
        all.Sum(report => report.DueCount).ShouldBe(resident.Schedules.DueTimes(resident.FiredUpTo, last).Count());
        all[0].ShouldSatisfyAllConditions(r => r.Outcome.ShouldBe(ExecutionOutcome.Skipped), r => r.DueCount.ShouldBeGreaterThan(50));
    }

    [Fact]
    public async Task Launch_ResidentJobWithoutSchedule_RunsUntilKilled()
    {
        await using ExecutorFixture executor = await ExecutorFixture.StartAsync(app => app.Jobs.Add<Consumer>("consumer"));
        executor.Agent.Launch(ExecutorFixture.Order("t1", new ClassWork("consumer")) with { Resident = new ResidentOrder() });
        await executor.Agent.WaitForAsync("t1", TaskState.TaskRunning, executor.Patience);
        executor.Agent.Kill("t1");
        (await executor.Agent.EndOfAsync("t1", executor.Patience)).State.ShouldBe(TaskState.TaskKilled);
    }

    [Fact]
    public async Task Launch_ResidentJobClassWithSchedule_IsInvalid()
    {
        await using ExecutorFixture executor = await ExecutorFixture.StartAsync(app => app.Jobs.Add<Consumer>("consumer"));
        var resident = new ResidentOrder { Schedules = [new IntervalSchedule(TimeSpan.FromSeconds(1), DateTimeOffset.UnixEpoch)] };
        executor.Agent.Launch(ExecutorFixture.Order("t1", new ClassWork("consumer")) with { Resident = resident });
        FakeAgent.Report(await executor.Agent.EndOfAsync("t1", executor.Patience)).Failure!.Kind.ShouldBe(FailureKind.InvalidOrder);
    }

    public sealed class Consumer : IResidentJob
    {
        public async ValueTask RunAsync(ShardingContext context, CancellationToken cancellationToken) =>
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }
}
