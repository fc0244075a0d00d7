using System.Text.RegularExpressions;
using ElasticJob.EndToEnd.Tests.Support;

namespace ElasticJob.EndToEnd.Tests;

/// <summary>What the documents say is tested is tested: each test that a table names exists, in the file of its class or in one of its parts (Class.Part.cs).</summary>
public sealed partial class DocumentedTestsTests
{
    [Theory]
    [InlineData("docs/reliability.md")]
    [InlineData("docs/designs/mesos-lifecycle.md")]
    public void Document_NamesATest_ThatExists(string document)
    {
        string[] named = [.. NamedTest().Matches(Read(document)).Select(m => m.Value.Trim('`')).Distinct()];
        named.Length.ShouldBeGreaterThan(10);
        HashSet<string> known = [.. Directory.EnumerateFiles(Path.Combine(Built.Root, "tests"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => TestMethod().Matches(File.ReadAllText(file)).Select(m => $"{Path.GetFileName(file).Split('.')[0]}.{m.Groups[1].Value}"))];
        named.Where(test => !known.Contains(test)).ShouldBeEmpty($"{document} names tests that are not there");
    }

    [Fact]
    public void Reliability_HasALineForEachFaultOfTheOriginal() =>
        Line().Matches(Read("docs/reliability.md")).Select(m => int.Parse(m.Groups[1].Value)).Distinct().ShouldBe(Enumerable.Range(1, 24));

    private static string Read(string document) => File.ReadAllText(Path.Combine(Built.Root, document));

    [GeneratedRegex(@"`\w+(Tests|Contract)\.\w+`")]
    private static partial Regex NamedTest();

    [GeneratedRegex(@"public (?:async Task|void) (\w+)\(")]
    private static partial Regex TestMethod();

    [GeneratedRegex(@"^\| (\d+) \| [^|]+ \| (?:`|the engine)", RegexOptions.Multiline)]
    private static partial Regex Line();
}
