using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using YamlDotNet.RepresentationModel;

namespace ElasticJob.Cli.Tests.Output;

public sealed class YamlTextTests
{
    [Theory]
    [InlineData("plain")]
    [InlineData("* * * * *")]
    [InlineData("true")]
    [InlineData("007")]
    [InlineData("1e3")]
    [InlineData("12:30")]
    [InlineData("a: b")]
    [InlineData("a #b")]
    [InlineData("- a")]
    [InlineData("")]
    [InlineData(" leading")]
    [InlineData("two\nlines")]
    [InlineData("two\nlines\n")]
    [InlineData("ends\n\n")]
    [InlineData("\n starts")]
    [InlineData("tab\tand \"quotes\" and \\ and ü")]
    [InlineData("bell\u0007")]
    [InlineData("{ not: a map }")]
    [InlineData("@daily")]
    public void Write_AnyText_ReadsBackTheSame(string text)
    {
        JsonNode value = new JsonObject { ["a"] = new JsonArray(new JsonObject { ["b"] = text, ["c"] = 1 }), [text.Length == 0 ? "k" : text] = new JsonArray(text) };
        var stream = new YamlStream();
        string yaml = YamlText.Write(value);
        stream.Load(new StringReader(yaml));
        YamlNode root = stream.Documents[0].RootNode;
        ((YamlScalarNode)root["a"][0]["b"]).Value.ShouldBe(text, yaml);
        ((YamlScalarNode)root["a"][0]["c"]).Value.ShouldBe("1");
        ((YamlScalarNode)root[text.Length == 0 ? "k" : text][0]).Value.ShouldBe(text, yaml);
    }
}
