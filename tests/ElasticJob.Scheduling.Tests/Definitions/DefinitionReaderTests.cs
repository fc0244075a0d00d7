using System.Text.Json.Nodes;
using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Definitions.Reading;

namespace ElasticJob.Scheduling.Tests.Definitions;

public sealed class DefinitionReaderTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private const string Job = """{ "kind": "Job", "name": "archive-orders", "app": "shop-jobs" """;

    [Fact]
    public void Read_FullJob_HasEveryField()
    {
        JobDefinition job = Good("""
            { "kind": "Job", "name": "archive-orders", "app": "shop-jobs", "type": "class", "class": "Archive", "streaming": true, "mode": "transient",
              "schedule": ["0/5 * * * * ?", "@daily"], "every": "30s", "timeZone": "Europe/Berlin",
              "shards": { "count": 3, "parameters": { "0": "Beijing", "2": 7 } }, "parameter": true,
              "resources": { "cpus": 0.5, "memory": "256Mi", "disk": 10 },
              "policy": { "misfire": "fireAll", "catchUpWindow": "1h30m", "overlap": "queueAll", "failover": false,
                          "retry": { "attempts": 3, "backoff": "2s..1m" }, "timeout": "10m", "launch": "eachShard", "unreachableTimeout": "0s", "killGrace": "500ms" },
              "priority": -5, "placement": { "constraints": ["rack is r1", "hostname is-not h7", "gpu exists"], "spread": "hostname" },
              "enabled": false, "description": "words" }
            """).Job!;

        job.Work.ShouldBe(new ClassWork("Archive", true));
        job.Schedule.ShouldBe(["0/5 * * * * ?", "@daily"]);
        job.Every.ShouldBe(TimeSpan.FromSeconds(30));
        job.ShardCount.ShouldBe(3);
        job.ShardParameters.ShouldBe(new SortedDictionary<int, string> { [0] = "Beijing", [2] = "7" });
        job.Parameter.ShouldBe("true");
        job.Resources.ShouldBe(Resources.Of(0.5, 256, 10));
        job.Policy.ShouldBe(new JobPolicy
        {
            Misfire = MisfirePolicy.FireAll,
            CatchUpWindow = TimeSpan.FromMinutes(90),
            Overlap = OverlapPolicy.QueueAll,
            Failover = false,
            Retry = new RetryPolicy { Attempts = 3, BackoffMin = TimeSpan.FromSeconds(2), BackoffMax = TimeSpan.FromMinutes(1) },
            Timeout = TimeSpan.FromMinutes(10),
            Launch = LaunchPolicy.EachShard,
            UnreachableTimeout = TimeSpan.Zero,
            KillGrace = TimeSpan.FromMilliseconds(500),
        });
        job.Placement.Constraints.ShouldBe(
            [new("rack", ConstraintOperator.Is, "r1"), new("hostname", ConstraintOperator.IsNot, "h7"), new("gpu", ConstraintOperator.Exists)]);
        job.Priority.ShouldBe(-5);
        job.Enabled.ShouldBeFalse();
    }

    [Fact]
    public void Read_ShortestJob_HasTheDefaults()
    {
        JobDefinition job = Good(Job + "}").Job!;
        job.Work.ShouldBe(new ClassWork("archive-orders"));
        job.Mode.ShouldBe(JobMode.Transient);
        job.Schedule.ShouldBeEmpty();
        job.ShardCount.ShouldBe(1);
        job.Policy.ShouldBe(new JobPolicy());
        job.Enabled.ShouldBeTrue();
    }

    [Theory]
    [InlineData("""
        "schedule": ["0 0 * * *", "0 0 30 2 *"]
        """, "schedule[1]", "never fires")]
    [InlineData("""
        "schedule": "0 0 0 1 1 ? 2020"
        """, "schedule", "never fires")]
    [InlineData("""
        "schedule": "* *"
        """, "schedule", "2 fields")]
    [InlineData("""
        "schedule": {}
        """, "schedule", "a mapping")]
    [InlineData("""
        "timeZone": "Mars/Base"
        """, "timeZone", "not a known time zone")]
    [InlineData("""
        "every": "500ms"
        """, "every", "between 1s")]
    [InlineData("""
        "every": 30
        """, "every", "duration")]
    [InlineData("""
        "shards": 0
        """, "shards", "10000")]
    [InlineData("""
        "shards": 100000
        """, "shards", "most shards a job may have is 10000")]
    [InlineData("""
        "shards": "3"
        """, "shards", "whole number")]
    [InlineData("""
        "shards": { "count": 3, "parameters": { "7": "x" } }
        """, "shards.parameters.7", "0 to 2")]
    [InlineData("""
        "shards": { "count": 3, "parameters": { "00": "x", "0": "y" } }
        """, "shards.parameters.0", "twice")]
    [InlineData("""
        "shards": { "parameters": {} }
        """, "shards.count", "is missing")]
    [InlineData("""
        "policy": { "retry": { "backoff": "1m..2s" } }
        """, "policy.retry.backoff", "backwards")]
    [InlineData("""
        "policy": { "retry": { "attempts": 0 } }
        """, "policy.retry.attempts", "1 to 1000")]
    [InlineData("""
        "policy": { "overlap": "queueone" }
        """, "policy.overlap", "did you mean 'queueOne'?")]
    [InlineData("""
        "policy": { "misfires": "skip" }
        """, "policy.misfires", "did you mean 'misfire'?")]
    [InlineData("""
        "mode": "resident", "policy": { "timeout": "1m" }
        """, "policy.timeout", "resident")]
    [InlineData("""
        "mode": "resident", "policy": { "overlap": "allow" }
        """, "policy.overlap", "resident")]
    [InlineData("""
        "mode": "resident", "http": "http://h/"
        """, "schedule", "needs a schedule")]
    [InlineData("""
        "script": "ls", "class": "C"
        """, "script", "remove one")]
    [InlineData("""
        "type": "http", "script": "ls"
        """, "type", "remove one")]
    [InlineData("""
        "type": "script"
        """, "script", "is missing")]
    [InlineData("""
        "script": { "shell": "/bin/bash" }
        """, "script.program", "is missing")]
    [InlineData("""
        "script": "ls", "streaming": true
        """, "streaming", "script")]
    [InlineData("""
        "http": "/relative"
        """, "http", "absolute")]
    [InlineData("""
        "http": { "url": "ftp://h/" }
        """, "http.url", "http or https")]
    [InlineData("""
        "http": { "url": "http://h/", "success": "299-200" }
        """, "http.success", "range")]
    [InlineData("""
        "http": { "url": "http://h/", "headers": { "X": "a\nb" } }
        """, "http.headers.X", "one line")]
    [InlineData("""
        "resources": { "memory": "lots" }
        """, "resources.memory", "256Mi")]
    [InlineData("""
        "resources": { "cpus": -1 }
        """, "resources.cpus", "number of CPUs")]
    [InlineData("""
        "resources": { "cpus": 0.0001 }
        """, "resources.cpus", "some CPU")]
    [InlineData("""
        "placement": { "constraints": ["rack equals r1"] }
        """, "placement.constraints[0]", "is-not")]
    [InlineData("""
        "priority": 1001
        """, "priority", "-1000 to 1000")]
    [InlineData("""
        "enabled": "yes"
        """, "enabled", "true or false")]
    [InlineData("""
        "schedul": "@daily"
        """, "schedul", "did you mean 'schedule'?")]
    public void Read_FaultyJob_NamesPathAndMend(string field, string path, string part)
    {
        DefinitionReading reading = Read(Job + "," + field + "}");
        reading.Job.ShouldBeNull();
        DefinitionFault fault = reading.Faults.ShouldHaveSingleItem();
        fault.Path.ShouldBe(path);
        fault.Message.ShouldContain(part);
    }

    [Fact]
    public void Read_ManyFaults_ListsAllOfThem()
    {
        DefinitionReading reading = Read("""
            { "kind": "Job", "name": "-x", "schedule": ["a", "b"], "shards": 0, "policy": { "launch": "some", "timeout": "x" }, "nonsense": 1 }
            """);
        reading.Faults.Select(f => f.Path).ShouldBe(["name", "app", "schedule[0]", "schedule[1]", "shards", "policy.timeout", "policy.launch", "nonsense"], ignoreOrder: true);
        reading.Kind.ShouldBe("Job");
        reading.Name.ShouldBe("-x");
    }

    [Theory]
    [InlineData("null", "is empty")]
    [InlineData("[]", "a list")]
    [InlineData("3", "is 3")]
    [InlineData("{}", "kind: App or kind: Job")]
    [InlineData("""{ "kind": "Jop" }""", "did you mean 'Job'?")]
    public void Read_NoDefinition_SaysWhatOneIs(string json, string part) => Read(json).Faults.ShouldHaveSingleItem().Message.ShouldContain(part);

    [Theory]
    [InlineData("""
        "package": "p.tgz", "image": "i"
        """, "image")]
    [InlineData("""
        "package": "p.tgz", "checksum": "sha256:abc"
        """, "checksum")]
    [InlineData("""
        "package": "ftp://h/p.tgz"
        """, "package")]
    [InlineData("""
        "command": " "
        """, "command")]
    [InlineData("""
        "environment": { "A": { "fromFile": "relative" } }
        """, "environment.A.fromFile")]
    [InlineData("""
        "environment": { "A": { "fromEnv": "X", "fromFile": "/x" } }
        """, "environment.A")]
    [InlineData("""
        "environment": { "A": [1] }
        """, "environment.A")]
    [InlineData("""
        "idleTimeout": "5 minutes"
        """, "idleTimeout")]
    public void Read_FaultyApp_NamesPath(string field, string path) =>
        Read("""{ "kind": "App", "name": "a", """ + field + "}").Faults.ShouldHaveSingleItem().Path.ShouldBe(path);

    [Fact]
    public void Check_ClassJobOfAppWithoutCommand_IsAFault()
    {
        AppDefinition bare = new() { Name = new AppName("shop-jobs") };
        JobDefinition job = Good(Job + "}").Job!;
        DefinitionReader.Check(job, bare).ShouldHaveSingleItem().Path.ShouldBe("class");
        DefinitionReader.Check(job, bare with { Command = "./x" }).ShouldBeEmpty();
        DefinitionReader.Check(Good(Job + """, "script": "ls" }""").Job!, bare).ShouldBeEmpty();
    }

    private static DefinitionReading Read(string json) => DefinitionReader.Read(JsonNode.Parse(json), Now);

    private static DefinitionReading Good(string json)
    {
        DefinitionReading reading = Read(json);
        reading.Faults.ShouldBeEmpty();
        return reading;
    }
}
