using System.Globalization;

namespace ElasticJob.Chaos;

/// <summary>What a run has shown.</summary>
internal sealed record Outcome(int Seed, IReadOnlyDictionary<string, int> Faults, Figures Figures, IReadOnlyList<string> Violations, string? Kept)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"""
        seed {Seed}: {(Violations.Count == 0 ? "nothing lost, nothing twice" : $"{Violations.Count} violations")}
        faults: {string.Join(", ", Faults.OrderBy(f => f.Key).Select(f => $"{f.Value} × {f.Key}"))}
        {Figures}{string.Concat(Violations.Take(20).Select(v => $"\n  {v}"))}{(Kept is null ? "" : $"\nlogs and witnesses: {Kept}")}
        """);
}

/// <summary>The counts of a run.</summary>
/// <param name="Terms">How often the lead was taken.</param>
/// <param name="DueTimes">Due times that were answered.</param>
/// <param name="Skipped">Of these, with a reason instead of a run.</param>
/// <param name="Runs">Runs that were created.</param>
/// <param name="Executions">Shards whose code was started, by the executors' own file.</param>
/// <param name="Late">How late runs were created: the median, the 99th percentile, the longest.</param>
internal sealed record Figures(int Terms, long DueTimes, long Skipped, int Runs, int Executions, (TimeSpan Median, TimeSpan High, TimeSpan Longest) Late)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Terms} terms; {DueTimes} due times, {Skipped} of them skipped with a reason; {Runs} runs; {Executions} executions; runs created late by {Late.Median.TotalSeconds:0.00} s (median), {Late.High.TotalSeconds:0.0} s (99 %), {Late.Longest.TotalSeconds:0.0} s (longest)");
}
