using ElasticJob.Simulation.Planning;

namespace ElasticJob.Simulation.Tests;

/// <summary>The checker is tested by bugs put in on purpose: each must be found, as the invariant that it breaks, within 2,000 seeds.</summary>
public sealed class PlantedBugTests(ITestOutputHelper output)
{
    private const int MostSeeds = 2000;

    public static TheoryData<string, string> Bugs() => new()
    {
        { nameof(PlantedBug.AnsweredBeforeDurable), "I1" },
        { nameof(PlantedBug.TaskIdReused), "I2" },
        { nameof(PlantedBug.NoFence), "I3" },
        { nameof(PlantedBug.SkipForgotten), "ledger" },
        { nameof(PlantedBug.DueTimesLost), "ledger" },
        { nameof(PlantedBug.DueTimesAdded), "ledger" },
        { nameof(PlantedBug.OverlapIgnored), "I5" },
        { nameof(PlantedBug.AtMostOnceIgnored), "I6" },
        { nameof(PlantedBug.CauseForgotten), "I6" },
        { nameof(PlantedBug.ShardForgotten), "I7" },
        { nameof(PlantedBug.AcknowledgedOnArrival), "I8" },
        { nameof(PlantedBug.EventLost), "I9" },
        { nameof(PlantedBug.MutationLost), "I10" },
        { nameof(PlantedBug.Overcommitted), "I11" },
        { nameof(PlantedBug.VersionWrong), "I12" },
        { nameof(PlantedBug.DisableIgnored), "I13" },
        { nameof(PlantedBug.StatusIgnored), "I14" },
        { nameof(PlantedBug.FiredEarly), "I15" },
        { nameof(PlantedBug.FiredAgain), "I15" },
        { nameof(PlantedBug.ConfirmedEventsKept), "I16" },
        { nameof(PlantedBug.OutcomeWrong), "I7" },
        { nameof(PlantedBug.ParameterForgotten), "I12" },
        { nameof(PlantedBug.AppDisableIgnored), "I13" },
        { nameof(PlantedBug.KillIgnored), "I13" },
        { nameof(PlantedBug.ManyShardsStarve), "I14" },
        { nameof(PlantedBug.TimeoutIgnored), "policy" },
        { nameof(PlantedBug.RetryForgotten), "policy" },
        { nameof(PlantedBug.RetriedTooOften), "policy" },
        { nameof(PlantedBug.BackoffForgotten), "policy" },
        { nameof(PlantedBug.FailoverForgotten), "policy" },
        { nameof(PlantedBug.PatienceForgotten), "policy" },
        { nameof(PlantedBug.GangTornApart), "policy" },
        { nameof(PlantedBug.ReplaceForgotten), "policy" },
    };

    [Theory]
    [MemberData(nameof(Bugs))]
    public void Run_PlantedBug_IsFoundAsTheInvariantItBreaks(string name, string invariant)
    {
        PlantedBug bug = Enum.Parse<PlantedBug>(name);
        HistoryResult? found = null;
        for (ulong seed = 1; seed <= MostSeeds && found is null; seed++)
        {
            HistoryResult result = History.Run(seed, bug);
            found = result.Violations.Any(v => v.StartsWith(invariant + ":", StringComparison.Ordinal)) ? result : null;
        }

        found.ShouldNotBeNull($"{name} was not found as {invariant} within {MostSeeds} seeds");
        output.WriteLine($"{name}: seed {found.Seed}: {found.Violations.First(v => v.StartsWith(invariant + ":", StringComparison.Ordinal))}");
    }

    [Fact]
    public void Bugs_EveryOne_IsTested() =>
        Bugs().Select(b => b.Data.Item1).Order().ShouldBe(Enum.GetNames<PlantedBug>().Where(n => n != nameof(PlantedBug.None)).Order());

    [Fact]
    public void Explain_FailingSeed_NamesTheReplayCommandAndTheLeastDeeds()
    {
        ulong seed = 1;
        HistoryResult result;
        while ((result = History.Run(seed, PlantedBug.NoFence)).Violations.Count == 0)
        {
            seed++;
        }

        string text = Simulator.Explain(result, PlantedBug.NoFence);
        text.ShouldContain($"--seed {seed} --keep ");
        text.ShouldContain("SessionCut");
    }
}
