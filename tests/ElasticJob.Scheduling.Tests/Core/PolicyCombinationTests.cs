using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Scheduling.Tests.Core;

/// <summary>
/// Every combination of misfire, overlap, failover, retry, launch and timeout, through one story:
/// <code>
///   12:01      run 1 with two shards; shard 0 loses its place, shard 1 fails        (failover, retry)
///   12:01:40   what still runs of it ends                                           (timeout)
///   12:02      run 2 starts and goes on; the leader is away until 12:05:31
///   12:05:31   12:03, 12:04 and 12:05 are late                                      (misfire, overlap)
/// </code>
/// </summary>
public sealed class PolicyCombinationTests
{
    public static TheoryData<MisfirePolicy, OverlapPolicy> Answers()
    {
        var data = new TheoryData<MisfirePolicy, OverlapPolicy>();
        foreach (MisfirePolicy misfire in Enum.GetValues<MisfirePolicy>())
        {
            foreach (OverlapPolicy overlap in Enum.GetValues<OverlapPolicy>())
            {
                data.Add(misfire, overlap);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public void EveryCombination_HasItsAnswer(MisfirePolicy misfire, OverlapPolicy overlap)
    {
        foreach (bool failover in (bool[])[true, false])
        {
            foreach (bool retry in (bool[])[true, false])
            {
                foreach (LaunchPolicy launch in Enum.GetValues<LaunchPolicy>())
                {
                    foreach (bool timeout in (bool[])[true, false])
                    {
                        Tell(new JobPolicy
                        {
                            Misfire = misfire,
                            Overlap = overlap,
                            Failover = failover,
                            Retry = new RetryPolicy { Attempts = retry ? 2 : 1 },
                            Launch = launch,
                            Timeout = timeout ? TimeSpan.FromSeconds(20) : null,
                        });
                    }
                }
            }
        }
    }

    private static void Tell(JobPolicy policy)
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job(cron: "* * * * *", policy: policy) with { ShardCount = 2 });
        s.Advance(TimeSpan.FromSeconds(61));
        TaskLaunch[] first = [.. s.Running];
        s.Run(first[0]).Run(first[1]).Report(first[0], TaskState.Lost).Fail(first[1]);
        s.Advance(TimeSpan.FromSeconds(5));
        bool again = policy.Retry.Attempts > 1;
        s.Running.Count(t => t.Order.Shard == 0).ShouldBe(policy.Failover ? 1 : 0, $"{policy}");
        s.Running.Count(t => t.Order.Shard == 1).ShouldBe(again ? 1 : 0, $"{policy}");

        s.Advance(TimeSpan.FromSeconds(34));
        s.Effects.OfType<Effect.Kill>().Any().ShouldBe(policy.Timeout is not null && s.Running.Count > 0, $"{policy}");
        foreach (TaskLaunch task in s.Running)
        {
            s.Report(task, policy.Timeout is null ? TaskState.Finished : TaskState.Killed);
        }

        Outcome expected = policy.Timeout is not null && (policy.Failover || again) ? Outcome.TimedOut
            : !again ? Outcome.Failed
            : !policy.Failover ? Outcome.Lost
            : Outcome.Succeeded;
        s.Outcomes.ShouldBe([expected], $"{policy}");

        s.Advance(TimeSpan.FromSeconds(21));
        s.Running.Count.ShouldBe(2, $"{policy}");
        s.Run(s.Running[0]).Run(s.Running[1]).Pass(TimeSpan.FromSeconds(210)).Restart();
        int caughtUp = policy.Misfire switch
        {
            MisfirePolicy.Skip => 0,
            MisfirePolicy.FireOnce => policy.Overlap == OverlapPolicy.Forbid ? 0 : 1,
            _ => 3,
        };
        s.Of(EventKind.RunCreated).Count(e => e.Trigger == Trigger.Misfire).ShouldBe(caughtUp, $"{policy}");
        s.Of(EventKind.RunCreated).Concat(s.Of(EventKind.DueSkipped)).Sum(e => e.DueCount).ShouldBe(5, $"{policy}");
        s.Of(EventKind.RunCreated).Select(e => e.Run).ShouldBeUnique();
    }
}
