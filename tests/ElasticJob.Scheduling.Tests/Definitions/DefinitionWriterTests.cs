using System.Text.Json;
using System.Text.Json.Nodes;
using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Definitions.Reading;
using FsCheck;
using FsCheck.Fluent;

namespace ElasticJob.Scheduling.Tests.Definitions;

public sealed class DefinitionWriterTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Write_AnyJob_ReadsBackToTheSameDocument() => Prop.ForAll(Jobs().ToArbitrary(), job =>
    {
        JsonObject document = DefinitionWriter.Write(job);
        DefinitionReading reading = DefinitionReader.Read(JsonNode.Parse(document.ToJsonString()), Now);
        reading.Faults.ShouldBeEmpty(document.ToJsonString());
        JobDefinition back = reading.Job!;

        // Records compare collections by reference, so the contents are compared as JSON.
        JsonSerializer.Serialize(back).ShouldBe(JsonSerializer.Serialize(job));
        JsonNode.DeepEquals(DefinitionWriter.Write(back), document).ShouldBeTrue();
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Write_App_ReadsBackEqual()
    {
        var app = new AppDefinition
        {
            Name = new AppName("shop"),
            Package = "https://h/p.tgz",
            Checksum = "sha256:" + new string('a', 64),
            Command = "./Shop --x",
            Resources = Resources.Of(0.25, 100.5, 2048),
            Environment = { ["A"] = new() { Value = "1" }, ["B"] = new() { FromEnv = "X" }, ["C"] = new() { FromFile = "/run/x" } },
            IdleTimeout = TimeSpan.FromSeconds(90),
            Enabled = false,
            Description = "d",
        };
        DefinitionReading reading = DefinitionReader.Read(DefinitionWriter.Write(app), Now);
        reading.Faults.ShouldBeEmpty();
        reading.App.ShouldBeEquivalentTo(app);
    }

    [Fact]
    public void Format_AnyDuration_ParsesBack() => Prop.ForAll(ArbMap.Default.ArbFor<PositiveInt>(), n =>
    {
        foreach (TimeSpan span in new[] { TimeSpan.FromTicks(n.Get), TimeSpan.FromMilliseconds(n.Get), TimeSpan.FromMinutes(n.Get) })
        {
            DurationText.TryParse(DurationText.Format(span), out TimeSpan back).ShouldBeTrue();
            back.ShouldBe(span);
        }
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("m10")]
    [InlineData("1m1h")]
    [InlineData("1h 30m")]
    [InlineData("-5s")]
    [InlineData("1..2s")]
    [InlineData("99999999999999999999999d")]
    [InlineData("999999999d")]
    public void TryParse_NoDuration_IsFalse(string text) => DurationText.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("256", 256_000)]
    [InlineData("256Mi", 256_000)]
    [InlineData("1.5Gi", 1_536_000)]
    [InlineData("1024Ki", 1_000)]
    [InlineData("1048576K", 1_000_000)]
    public void TryParse_Size_IsMilliMiB(string text, long milli)
    {
        SizeText.TryParse(text, out long parsed).ShouldBeTrue();
        parsed.ShouldBe(milli);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("1Pi")]
    [InlineData("1e30")]
    [InlineData("")]
    public void TryParse_NoSize_IsFalse(string text) => SizeText.TryParse(text, out _).ShouldBeFalse();

    private static Gen<JobDefinition> Jobs() =>
        from work in Gen.OneOf(
            from name in Texts() from streaming in Gen.Elements(true, false) select (Work)new ClassWork(name, streaming),
            from line in Texts() from shell in Gen.Elements("/bin/sh", "/bin/bash") from input in OptionalText()
            select (Work)new ScriptWork { Command = line, Shell = shell, StandardInput = input },
            from program in Texts() from arguments in Texts().ListOf() select (Work)new ScriptWork { Command = program, Arguments = [.. arguments] },
            from method in Gen.Elements("GET", "POST") from success in Gen.Elements("200", "200-299") from body in Texts()
            select (Work)new HttpWork { Url = "https://h/x?y", Method = method, SuccessStatus = success, Body = body, Headers = new Dictionary<string, string> { ["X-A"] = "b" } })
        from schedule in Gen.SubListOf("0/5 * * * * ?", "@daily", "*/10 * * * *")
        from every in Gen.OneOf(Gen.Constant<TimeSpan?>(null), Gen.Choose(1, 1_000_000).Select(s => (TimeSpan?)TimeSpan.FromSeconds(s)))
        from count in Gen.Choose(1, JobDefinition.MostShards)
        from items in Gen.Choose(0, count - 1).ListOf()
        from parameter in OptionalText()
        from cpus in Gen.Choose(1, 100_000)
        from memory in Gen.Choose(1, 10_000_000)
        from misfire in Gen.Elements(Enum.GetValues<MisfirePolicy>())
        from overlap in Gen.Elements(Enum.GetValues<OverlapPolicy>())
        from launch in Gen.Elements(Enum.GetValues<LaunchPolicy>())
        from flags in Gen.Choose(0, 3)
        from milliseconds in Gen.Choose(1000, 10_000_000)
        from priority in Gen.Choose(-1000, 1000)
        from constraints in Gen.SubListOf(
            new PlacementConstraint("rack", ConstraintOperator.Is, "r 1"), new PlacementConstraint("gpu", ConstraintOperator.Exists))
        select new JobDefinition
        {
            Name = new JobName("job-1"),
            App = new AppName("app.x"),
            Work = work,
            Schedule = [.. schedule],
            Every = every,
            TimeZone = (flags & 1) == 0 ? "UTC" : "Asia/Shanghai",
            ShardCount = count,
            ShardParameters = new SortedDictionary<int, string>(items.Distinct().ToDictionary(i => i, i => $"p{i}")),
            Parameter = parameter,
            Resources = new Resources(cpus, memory, (flags & 2) * 500),
            Policy = new JobPolicy
            {
                Misfire = misfire,
                Overlap = overlap,
                Launch = launch,
                Failover = (flags & 1) == 0,
                Timeout = (flags & 2) == 0 ? null : TimeSpan.FromMilliseconds(milliseconds),
                CatchUpWindow = TimeSpan.FromMilliseconds(milliseconds),
                Retry = new RetryPolicy { Attempts = 1 + flags, BackoffMin = TimeSpan.FromMilliseconds(1), BackoffMax = TimeSpan.FromMilliseconds(milliseconds) },
            },
            Priority = priority,
            Placement = new Placement { Constraints = [.. constraints], Spread = (flags & 1) == 0 ? null : "hostname" },
            Enabled = (flags & 1) == 0,
            Description = parameter,
        };

    private static Gen<string?> OptionalText() => Texts().Select(t => t.Length % 2 == 0 ? null : (string?)t);

    private static Gen<string> Texts() => ArbMap.Default.GeneratorFor<NonEmptyString>().Select(s => "t" + s.Get.Replace("\uFFFD", "").Where(c => !char.IsSurrogate(c)).Aggregate("", (a, c) => a + c));
}
