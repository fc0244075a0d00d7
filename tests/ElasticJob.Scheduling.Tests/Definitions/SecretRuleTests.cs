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
    public void Address_WithAPassword_IsRefused(string definition)
    {
        DefinitionReading reading = Read(JsonNode.Parse(definition)!);
        reading.Faults.ShouldHaveSingleItem().Message.ShouldContain("holds a password");
        reading.Faults[0].Message.ShouldNotContain("hush");
    }

    private static DefinitionReading Read(JsonNode definition) => DefinitionReader.Read(definition, DateTimeOffset.UnixEpoch);
}
