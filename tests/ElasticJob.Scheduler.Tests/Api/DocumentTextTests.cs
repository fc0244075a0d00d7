using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ElasticJob.Scheduler.Api.Documents;

namespace ElasticJob.Scheduler.Tests.Api;

public sealed class DocumentTextTests
{
    [Theory]
    [InlineData("0/5 * * * * ?", "\"0/5 * * * * ?\"")]
    [InlineData("\"3\"", "\"3\"")]
    [InlineData("'true'", "\"true\"")]
    [InlineData("3", "3")]
    [InlineData("-0.5", "-0.5")]
    [InlineData("1e3", "1e3")]
    [InlineData("0x1F", "31")]
    [InlineData("007", "\"007\"")]
    [InlineData("yes", "\"yes\"")]
    [InlineData("True", "true")]
    [InlineData("2026-05-01", "\"2026-05-01\"")]
    [InlineData("1:30", "\"1:30\"")]
    [InlineData("10m", "\"10m\"")]
    [InlineData("[~]", "[null]")]
    [InlineData("!!str 3", "\"3\"")]
    [InlineData("|\n  a\n  b\n", "\"a\\nb\\n\"")]
    public void ReadYaml_Scalar_FollowsTheCoreSchema(string yaml, string json) =>
        DocumentText.ReadYaml($"k: {yaml}").ShouldHaveSingleItem()["k"]!.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }).ShouldBe(json);

    [Fact]
    public void ReadYaml_ManyDocumentsWithAliases_AreAllRead()
    {
        IReadOnlyList<JsonNode> documents = DocumentText.ReadYaml("a: &x {b: 1}\nc: *x\n---\n---\n[1, 2]\n...\n");
        documents.Count.ShouldBe(2);
        documents[0]["c"]!["b"]!.GetValue<int>().ShouldBe(1);
    }

    [Theory]
    [InlineData("a: [1, }", 1)]
    [InlineData("a: 1\nb: : 2\n", 2)]
    [InlineData("a: 1\na: 2\n", 2)]
    [InlineData("a: *nowhere\n", 1)]
    [InlineData("? [1]\n: 2\n", 1)]
    [InlineData("a: \"x", 1)]
    public void ReadYaml_NotYaml_SaysTheLine(string yaml, int line)
    {
        DocumentTextException e = Should.Throw<DocumentTextException>(() => DocumentText.ReadYaml(yaml));
        e.Line.ShouldBe(line, e.Message);
        e.Message.ShouldStartWith($"line {line}, column ");
    }

    [Fact]
    public void ReadYaml_AliasBomb_IsRefused()
    {
        var yaml = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 12; i++)
        {
            yaml.Append($"a{i}: &a{i} [").AppendJoin(", ", Enumerable.Repeat($"*a{i - 1}", 10)).Append("]\n");
        }

        Should.Throw<DocumentTextException>(() => DocumentText.ReadYaml(yaml.ToString())).Message.ShouldContain("aliases");
    }

    [Theory]
    [InlineData('[', ']')]
    public void Read_TooDeep_IsRefused(char open, char close)
    {
        string text = new string(open, 10_000) + new string(close, 10_000);
        Should.Throw<DocumentTextException>(() => DocumentText.ReadYaml(text));
        Should.Throw<DocumentTextException>(() => DocumentText.ReadJson(text));
    }

    [Fact]
    public void ReadYaml_TooLarge_IsRefused() =>
        Should.Throw<DocumentTextException>(() => DocumentText.ReadYaml(new string('#', DocumentText.LongestBytes + 1))).Message.ShouldContain("8 MiB");

    [Fact]
    public void ReadJson_ListOrSingle_IsRead()
    {
        DocumentText.ReadJson("""[{"a":1},{"b":2}]""").Count.ShouldBe(2);
        DocumentText.ReadJson("""{"a":1}""").Count.ShouldBe(1);
        Should.Throw<DocumentTextException>(() => DocumentText.ReadJson("{\n  \"a\": x }")).Line.ShouldBe(2);
    }
}
