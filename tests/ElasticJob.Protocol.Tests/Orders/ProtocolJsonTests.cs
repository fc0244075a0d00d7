using System.Text;
using System.Text.Json;
using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Reports;
using ElasticJob.Protocol.Schedules;

namespace ElasticJob.Protocol.Tests.Orders;

public sealed class ProtocolJsonTests
{
    [Fact]
    public void Write_Order_IsReadableInAnyLanguage()
    {
        var order = new TaskOrder { Job = "j", Run = "j@1", Task = "j@1_0_1", Work = new ScriptWork { Command = "ls" }, Trigger = Trigger.Misfire, Shard = 2, ShardCount = 3 };
        using JsonDocument json = JsonDocument.Parse(ProtocolJson.Write(order));
        JsonElement root = json.RootElement;
        (root.GetProperty("job").GetString(), root.GetProperty("shard").GetInt32(), root.GetProperty("trigger").GetString()).ShouldBe(("j", 2, "Misfire"));
        (root.GetProperty("work").GetProperty("type").GetString(), root.GetProperty("work").GetProperty("command").GetString()).ShouldBe(("script", "ls"));
        root.TryGetProperty("jobParameter", out _).ShouldBeFalse("what is absent is absent");
    }

    [Fact]
    public void Order_RoundTrips()
    {
        var order = new TaskOrder
        {
            Job = "j",
            Run = "r",
            Task = "t",
            Work = new HttpWork { Url = "http://127.0.0.1/", Headers = new Dictionary<string, string> { ["a"] = "ä\"'$" }, Timeout = TimeSpan.FromSeconds(3) },
            Resident = new ResidentOrder
            {
                Schedules = [new CronSchedule("* * * * *", CronDialect.Unix, "Europe/Berlin"), new IntervalSchedule(TimeSpan.FromSeconds(5), DateTimeOffset.UnixEpoch)],
                FiredUpTo = DateTimeOffset.UnixEpoch.AddDays(1),
                Misfire = MisfirePolicy.FireAll,
                CatchUpWindow = TimeSpan.FromHours(2),
            },
        };
        byte[] text = ProtocolJson.Write(order);
        ProtocolJson.Write(ProtocolJson.ReadOrder(text)).ShouldBe(text);
        ProtocolJson.ReadOrder(text).Resident!.Schedules.ShouldBe(order.Resident.Schedules);
    }

    [Fact]
    public void ReadOrder_UnknownMembersAndAnyOrder_AreAccepted()
    {
        TaskOrder order = ProtocolJson.ReadOrder("""{"future":1,"work":{"name":"c","type":"class"},"task":"t","run":"r","job":"j"}"""u8);
        order.Work.ShouldBe(new ClassWork("c"));
        (order.Attempt, order.ShardCount).ShouldBe((1, 1));
        ProtocolJson.ReadOrder("""{"job":"j","run":"r","task":"t","work":{"type":"http","url":"http://h/"}}"""u8).Work.ShouldBe(new HttpWork { Url = "http://h/" });
        ProtocolJson.ReadOrder("""{"job":"j","run":"r","task":"t","work":{"type":"script","command":"ls"}}"""u8).Work.ShouldBe(new ScriptWork { Command = "ls" });
        ProtocolJson.ReadReport("""{"executions":[{"dueAt":"2026-01-01T00:00:00Z","outcome":"Succeeded"}]}"""u8).Executions!.Single().DueCount.ShouldBe(1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"job":"j","run":"r","task":"t","work":{"type":"spell"}}""")]
    public void ReadOrder_Unreadable_Throws(string text) => Should.Throw<JsonException>(() => ProtocolJson.ReadOrder(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Report_RoundTrips()
    {
        var report = new TaskReport
        {
            Progress = 0.5,
            Failure = new TaskFailure { Kind = FailureKind.Signal, Message = "m", Signal = "SIGKILL" },
            Executions = [new ExecutionReport { DueAt = DateTimeOffset.UnixEpoch, Outcome = ExecutionOutcome.Skipped, Reason = "overlap" }],
        };
        byte[] text = ProtocolJson.Write(report);
        ProtocolJson.Write(ProtocolJson.ReadReport(text)).ShouldBe(text);
    }
}
