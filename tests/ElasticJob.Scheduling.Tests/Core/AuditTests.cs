using System.Text;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.State;

namespace ElasticJob.Scheduling.Tests.Core;

/// <summary>Who did what is told with the command's own commit; what others keep is changed only as they saw it.</summary>
public sealed class AuditTests
{
    private static readonly byte[] One = Encoding.UTF8.GetBytes("1");
    private static readonly byte[] Two = Encoding.UTF8.GetBytes("2");

    [Fact]
    public void Command_OfAPerson_IsAuditedOnceWithWhatItChanged()
    {
        Scenario s = new Scenario().With(Scenario.Job(cron: "* * * * *"));
        s.Of(EventKind.Audited).ShouldBeEmpty("nobody named an operation");

        s.Ask(new Command.Apply(Ann("putJob"), [], [Scenario.Job(cron: "0 * * * *")]));
        SchedulerEvent audited = s.Of(EventKind.Audited).ShouldHaveSingleItem();
        (audited.Actor, audited.Audit!.Remote, audited.Audit.Operation, audited.Audit.Refused).ShouldBe(("ann", "10.0.0.9", "putJob", false));
        AuditChange change = audited.Audit.Changes.ShouldHaveSingleItem();
        (change.Kind, change.Name, change.Change).ShouldBe(("job", "job", "updated"));
        FieldDifference field = change.Differences.ShouldHaveSingleItem();
        (field.Path, field.Old!.ToString(), field.New!.ToString()).ShouldBe(("schedule", "* * * * *", "0 * * * *"));

        s.Ask(new Command.Apply(Ann("putJob"), [], [Scenario.Job(cron: "0 * * * *")]));
        s.Of(EventKind.Audited).Last().Audit!.Changes.ShouldBeEmpty("nothing differed");
    }

    [Fact]
    public void Command_Refused_IsAuditedAsRefused()
    {
        Scenario s = new Scenario();
        s.Ask(new Command.TriggerJob(Ann("triggerJob"), new JobName("none"))).Status.ShouldBe(CommandStatus.NotFound);
        SchedulerEvent audited = s.Of(EventKind.Audited).ShouldHaveSingleItem();
        (audited.Audit!.Refused, audited.Message).ShouldBe((true, "there is no job 'none'"));
    }

    [Fact]
    public void Apply_OfThousands_IsOneEntryOfBoundedLength()
    {
        Scenario s = new Scenario();
        JobDefinition[] jobs = [.. Enumerable.Range(0, 3_000).Select(i => Scenario.Job($"job{i}") with { Description = new string('x', 10_000) })];
        s.Ask(new Command.Apply(Ann("apply"), [Scenario.App()], jobs));
        AuditEntry entry = s.Of(EventKind.Audited).ShouldHaveSingleItem().Audit!;
        (entry.Changes.Count + entry.Unlisted).ShouldBe(3_001);
        entry.Changes.Count.ShouldBeLessThanOrEqualTo(1_000);
        entry.Changes.SelectMany(c => c.Differences).ShouldAllBe(d => d.New!.ToString().Length < 2_100);
    }

    [Fact]
    public void Remove_OfAnotherVersion_IsRefusedByTheCommandItself()
    {
        Scenario s = new Scenario().With(Scenario.Job());
        s.Ask(new Command.RemoveJob("ann", new JobName("job"), 2)).Status.ShouldBe(CommandStatus.Conflict);
        s.Ask(new Command.RemoveJob("ann", new JobName("job"), 1)).Status.ShouldBe(CommandStatus.Done);
        s.Ask(new Command.RemoveApp("ann", new AppName("app"), 7)).Status.ShouldBe(CommandStatus.Conflict);
        s.Ask(new Command.RemoveApp("ann", new AppName("app"), 1)).Status.ShouldBe(CommandStatus.Done);
    }

    [Fact]
    public void Keep_IsAllOrNothing_AndOnlyOverWhatTheCallerSaw()
    {
        Scenario s = new Scenario();
        s.Ask(new Command.Keep("x", [new KeptRecord("access/a", null, One)])).Status.ShouldBe(CommandStatus.Done);
        s.Ask(new Command.Keep("x", [new KeptRecord("access/b", null, One), new KeptRecord("access/a", null, Two)])).Status.ShouldBe(CommandStatus.Conflict);
        s.Durable.ShouldNotContain("access/b");
        s.Restart();
        s.Ask(new Command.Keep("x", [new KeptRecord("access/a", Two, One)])).Status.ShouldBe(CommandStatus.Conflict);
        s.Ask(new Command.Keep("x", [new KeptRecord("access/a", One, null)])).Status.ShouldBe(CommandStatus.Done);
        s.Durable.ShouldNotContain("access/a");
        s.Ask(new Command.Keep("x", [new KeptRecord("jobs/a", null, One)])).Status.ShouldBe(CommandStatus.Invalid);
    }

    private static Actor Ann(string operation) => new("ann") { Remote = "10.0.0.9", Operation = operation };
}
