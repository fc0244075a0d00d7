namespace ElasticJob.Chaos;

[Collection("processes")]
public sealed class ChaosTests(ITestOutputHelper output)
{
    private const int Seed = 20_261_121;

    /// <summary>The same for ten minutes and with other seeds: <c>./build.sh chaos</c>.</summary>
    [Fact(Timeout = 420_000)]
    public async Task AMinuteOfFaults_NothingIsLostAndNothingRunsTwice()
    {
        Outcome outcome = await ChaosRun.RunAsync(new ChaosOptions(Seed, TimeSpan.FromMinutes(1)), output.WriteLine, TestContext.Current.CancellationToken);

        output.WriteLine($"{outcome}");
        outcome.Violations.ShouldBeEmpty($"{outcome}");
        outcome.Faults.Values.Sum().ShouldBeGreaterThan(5);
        outcome.Figures.Executions.ShouldBeGreaterThan(0);
    }
}
