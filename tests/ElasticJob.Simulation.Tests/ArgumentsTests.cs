using ElasticJob.Simulation.Planning;

namespace ElasticJob.Simulation.Tests;

public sealed class ArgumentsTests
{
    [Theory]
    [InlineData("--seeds '0': it must be a number from 1", "--seeds", "0")]
    [InlineData("--seeds '-5': it must be a number from 1", "--seeds", "-5")]
    [InlineData("--minutes '0': it must be a number above 0", "--minutes", "0")]
    [InlineData("--minutes '-1'", "--minutes", "-1")]
    [InlineData("--minutes '1e300'", "--minutes", "1e300")]
    [InlineData("--first 'x': it must be a seed", "--first", "x")]
    [InlineData("--seed '-1': it must be a seed", "--seed", "-1")]
    [InlineData("--keep 'a': it must be a list of deeds' numbers such as 1,4,9", "--seed", "7", "--keep", "a")]
    [InlineData("--keep '1,-2'", "--seed", "7", "--keep", "1,-2")]
    [InlineData("--keep goes with one history", "--keep", "1")]
    [InlineData("--events goes with one history", "--events", "job0")]
    [InlineData("--bug '77': it must be one of None, AnsweredBeforeDurable", "--bug", "77")]
    [InlineData("--bug 'Gremlin'", "--bug", "Gremlin")]
    [InlineData("--seeds has no value", "--seeds")]
    [InlineData("'--seedz' is not known", "--seedz", "3")]
    [InlineData("'3' is not known", "3")]
    public void Start_WrongArgument_SaysWhatIsRightAndFails(string fault, params string[] args)
    {
        using var output = new StringWriter();

        Simulator.Start(args, output).ShouldBe(2);

        string[] said = output.ToString().Split(output.NewLine, StringSplitOptions.RemoveEmptyEntries);
        said.Length.ShouldBe(2);
        said[0].ShouldStartWith(fault);
        said[1].ShouldBe(Arguments.Usage);
    }

    [Fact]
    public void Of_RightArguments_AreTaken()
    {
        (Arguments? many, _) = Arguments.Of(["--seeds", "12", "--first", "900001", "--minutes", "0.5", "--bug", "NoFence"]);
        many.ShouldBe(new Arguments { Seeds = 12, First = 900001, Limit = TimeSpan.FromSeconds(30), Bug = PlantedBug.NoFence });

        (Arguments? one, _) = Arguments.Of(["--seed", "7", "--keep", "1,4", "--events", "job0"]);
        (one!.Seed, one.Events).ShouldBe((7ul, "job0"));
        one.Keep.ShouldBe([1, 4], ignoreOrder: true);
    }

    [Fact]
    public void Of_EmptyKeep_IsTheHistoryWithoutDeeds() => Arguments.Of(["--seed", "7", "--keep", ""]).Read!.Keep.ShouldBe([]);

    [Fact]
    public void Start_OneHistory_IsRun()
    {
        using var output = new StringWriter();
        Simulator.Start(["--seeds", "1"], output).ShouldBe(0);
        output.ToString().ShouldStartWith("1 histories");
    }
}
