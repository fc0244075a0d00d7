using System.Text.Json.Nodes;
using ElasticJob.Scheduling.Definitions.Reading;

namespace ElasticJob.Scheduling.Tests.Definitions;

/// <summary>Definitions are stored and shown, so a secret in clear is refused before it gets there.</summary>
public sealed class SecretRuleTests
{
    [Theory]
    [InlineData("DB_PASSWORD", "x", true)]
    [InlineData("password", "x", true)]
    [InlineData("API_KEY", "x", true)]
    [InlineData("Aws.Secret", "x", true)]
    [InlineData("GITHUB_TOKEN", "x", true)]
    [InlineData("PRIVATE-KEY", "x", true)]
    [InlineData("DB_PASSWORD", "", false)]
    [InlineData("PASSWORD_FILE", "/etc/x", false)]
    [InlineData("TOKEN_URL", "https://x", false)]
    [InlineData("MAX_TOKENS", "5", false)]
    [InlineData("KEY", "x", false)]
    [InlineData("PGPASSWORD", "x", true)]
    [InlineData("TZ", "Asia/Shanghai", false)]
    public void Environment_NamedLikeASecret_MustBeAReference(string name, string value, bool refused)
    {
        DefinitionReading reading = Read(new JsonObject { ["kind"] = "App", ["name"] = "a", ["environment"] = new JsonObject { [name] = value } });
        reading.Faults.Any(f => f.Message.Contains("fromFile")).ShouldBe(refused);
        reading.Faults.ShouldAllBe(f => !f.Message.Contains($"'{value}'") || value.Length == 0, "the fault does not repeat the secret");
        Read(new JsonObject { ["kind"] = "App", ["name"] = "a", ["environment"] = new JsonObject { [name] = new JsonObject { ["fromEnv"] = "X" } } }).Faults.ShouldBeEmpty();
    }

    [Fact]
    public void Script_EnvironmentWithASecret_IsRefusedWithTheMend() =>
        Read(new JsonObject
        {
            ["kind"] = "Job", ["name"] = "j", ["app"] = "a",
            ["script"] = new JsonObject { ["line"] = "ls", ["environment"] = new JsonObject { ["DB_PASSWORD"] = "hush" } },
        }).Faults.ShouldHaveSingleItem().Message.ShouldContain("environment of the app");

    [Theory]
    [InlineData("""{"kind":"App","name":"a","package":"https://u:hush@repo.example/a.tgz"}""")]
    [InlineData("""{"kind":"Job","name":"j","app":"a","http":"https://u:hush@x.example/"}""")]
    [InlineData("""{"kind":"Job","name":"j","app":"a","http":{"url":"https://u:hush@x.example/"}}""")]
    [InlineData("""{"kind":"App","name":"a","package":"https://hush@repo.example/a.tgz"}""")]
    public void Address_WithAPassword_IsRefused(string definition)
    {
        DefinitionReading reading = Read(JsonNode.Parse(definition)!);
        reading.Faults.ShouldHaveSingleItem().Message.ShouldContain("holds a user name or a password");
        reading.Faults[0].Message.ShouldNotContain("hush");
    }

    [Theory]
    [InlineData("Authorization", true)]
    [InlineData("authorization", true)]
    [InlineData("Cookie", true)]
    [InlineData("Proxy-Authorization", true)]
    [InlineData("X-Api-Key", true)]
    [InlineData("X-Auth-Token", true)]
    [InlineData("X-Gitlab-Token", true)]
    [InlineData("Client-Secret", true)]
    [InlineData("Content-Type", false)]
    [InlineData("X-Tokens-Left", false)]
    public void Http_HeaderThatCarriesASecret_MustBeAReference(string name, bool refused)
    {
        DefinitionReading reading = Read(Http(name, "hush"));
        (reading.Faults.SingleOrDefault()?.Path == $"http.headers.{name}").ShouldBe(refused);
        reading.Faults.ShouldAllBe(f => f.Message.Contains("fromEnv") && f.Message.Contains("fromFile") && !f.Message.Contains("hush"));
        Read(Http(name, new JsonObject { ["fromEnv"] = "X" })).Faults.ShouldBeEmpty();
    }

    [Fact]
    public void Http_HeadersByReference_AreWrittenAsTheyWereRead()
    {
        JsonObject headers = new() { ["X-Plain"] = "1", ["Authorization"] = new JsonObject { ["fromEnv"] = "AUTH" }, ["Cookie"] = new JsonObject { ["fromFile"] = "/etc/cookie" } };
        var document = new JsonObject { ["kind"] = "Job", ["name"] = "j", ["app"] = "a", ["http"] = new JsonObject { ["url"] = "https://x.example/", ["headers"] = headers } };
        JsonObject written = DefinitionWriter.Write(Read(document).Job.ShouldNotBeNull());
        JsonNode.DeepEquals(written["http"]!["headers"], headers).ShouldBeTrue(written.ToJsonString());
    }

    [Theory]
    [InlineData("""{"fromEnv":"BODY"}""")]
    [InlineData("""{"fromFile":"/etc/body"}""")]
    public void Http_BodyByReference_IsWrittenAsItWasRead(string body)
    {
        JsonNode document = JsonNode.Parse($$$"""{"kind":"Job","name":"j","app":"a","http":{"url":"https://x.example/","body":{{{body}}}}}""")!;
        Scheduling.Definitions.JobDefinition job = Read(document).Job.ShouldNotBeNull();
        job.Work.ShouldBeOfType<Protocol.Orders.HttpWork>().Body.ShouldBeNull();
        DefinitionWriter.Write(job)["http"]!["body"]!.ToJsonString().ShouldBe(body);
    }

    [Fact]
    public void Http_BodyByBadReference_IsRefusedWithItsPlace() =>
        Read(JsonNode.Parse("""{"kind":"Job","name":"j","app":"a","http":{"url":"https://x.example/","body":{"from":"A"}}}""")!).Faults
            .ShouldContain(f => f.Path == "http.body" && f.Message.Contains("one of fromFile and fromEnv"));

    [Theory]
    [InlineData("""{"fromFile":"etc/x"}""", "http.headers.Cookie.fromFile", "absolute path")]
    [InlineData("""{"fromEnv":"A=B"}""", "http.headers.Cookie.fromEnv", "not a name")]
    [InlineData("""{"from":"A"}""", "http.headers.Cookie", "one of fromFile and fromEnv")]
    [InlineData("""[1]""", "http.headers.Cookie", "must be text, { fromFile: /path } or { fromEnv: NAME }")]
    public void Http_BadReference_IsRefusedWithItsPlace(string value, string path, string message) =>
        Read(Http("Cookie", JsonNode.Parse(value)!)).Faults.ShouldContain(f => f.Path == path && f.Message.Contains(message));

    private static JsonObject Http(string header, JsonNode value) => new()
    {
        ["kind"] = "Job", ["name"] = "j", ["app"] = "a",
        ["http"] = new JsonObject { ["url"] = "https://x.example/", ["headers"] = new JsonObject { [header] = value } },
    };

    private static DefinitionReading Read(JsonNode definition) => DefinitionReader.Read(definition, DateTimeOffset.UnixEpoch);
}
