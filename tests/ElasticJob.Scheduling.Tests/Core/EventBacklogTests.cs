using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Scheduling.Tests.Core;

/// <summary>No sink takes events: what is kept for it stays bounded, and no due time is lost.</summary>
public sealed class EventBacklogTests
{
    [Fact]
    public void Fire_BacklogIsFull_DueTimesWaitAndAreAnsweredOnceItIsNot()
    {
        var policy = new JobPolicy { Misfire = MisfirePolicy.FireAll, Overlap = OverlapPolicy.Allow };
        Scenario s = new Scenario(new CoreOptions { MostEventBacklog = 20 }).Connect().With(Scenario.Job(cron: "* * * * *", policy: policy));
        for (int minute = 0; minute < 60; minute++)
        {
            s.Advance(TimeSpan.FromMinutes(1)).FinishAll();
        }

        int before = s.Of(EventKind.RunCreated).Count();
        before.ShouldBeLessThan(10);
        s.Core.Cluster().EventBacklogIsFull.ShouldBeTrue();
        s.Core.Cluster().EventBacklog.ShouldBeLessThan(40);

        s.Step(new Input.EventsConfirmed(s.Events[^1].Sequence));
        for (int round = 0; round < 100; round++)
        {
            s.Step(new Input.EventsConfirmed(s.Events[^1].Sequence));
            s.FinishAll();
        }

        s.Of(EventKind.RunCreated).Select(e => e.DueAt).ShouldBe(Enumerable.Range(1, 60).Select(minute => (DateTimeOffset?)Scenario.Start.AddMinutes(minute)));
        s.Of(EventKind.RunCreated).Skip(before).ShouldContain(e => e.Trigger == Trigger.Misfire);
    }

    [Fact]
    public void Cluster_AfterATakeover_CountsOnlyWhatIsNotConfirmed()
    {
        Scenario s = new Scenario().Connect().With(Scenario.Job(cron: "* * * * *")).Advance(TimeSpan.FromMinutes(3)).FinishAll();
        long confirmed = s.Events[^1].Sequence;
        s.Step(new Input.EventsConfirmed(confirmed));
        s.Advance(TimeSpan.FromMinutes(1));
        s.Restart();

        s.Core.Cluster().EventBacklog.ShouldBe(s.Events[^1].Sequence - confirmed);
    }
}
