using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using ElasticJob.Simulation.Planning;

namespace ElasticJob.Simulation;

/// <summary>What a run over many seeds found.</summary>
internal sealed record SimulationResult(long Histories, long Events, long Executions, TimeSpan Cpu, IReadOnlyList<HistoryResult> Failed)
{
    public double EventsPerCpuSecond => Cpu > TimeSpan.Zero ? Events / Cpu.TotalSeconds : 0;
}

/// <summary>Runs histories: many seeds on all cores, or one seed to look at.</summary>
internal static class Simulator
{
    public static int Start(string[] args, TextWriter output)
    {
        ulong first = 1;
        long seeds = 2000;
        double minutes = 60 * 24;
        ulong? seed = null;
        HashSet<int>? keep = null;
        PlantedBug bug = PlantedBug.None;
        string? about = null;
        for (int i = 0; i < args.Length; i++)
        {
            string value = i + 1 < args.Length ? args[i + 1] : "";
            bool good = args[i] switch
            {
                "--seeds" => long.TryParse(value, out seeds),
                "--minutes" => double.TryParse(value, CultureInfo.InvariantCulture, out minutes),
                "--first" => ulong.TryParse(value, out first),
                "--seed" => (seed = ulong.TryParse(value, out ulong s) ? s : null) is not null,
                "--keep" => (keep = [.. value.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)]) is not null,
                "--events" => (about = value).Length > 0,
                "--bug" => Enum.TryParse(value, out bug),
                _ => false,
            };
            if (!good)
            {
                output.WriteLine("usage: [--seeds N] [--first SEED] [--minutes M] | --seed SEED [--keep 1,4,9] [--events TEXT] [--bug NAME]");
                return 2;
            }

            i++;
        }

        if (seed is { } one)
        {
            return Look(one, bug, keep, about, output);
        }

        SimulationResult result = RunMany(first, seeds, TimeSpan.FromMinutes(minutes), bug, found: failed => output.WriteLine($"seed {failed.Seed}: {failed.Violations[0]}"));
        output.WriteLine(Describe(result));
        foreach (HistoryResult failed in result.Failed.Take(10))
        {
            output.WriteLine();
            output.WriteLine(Explain(failed, bug));
        }

        return result.Failed.Count == 0 ? 0 : 1;
    }

    public static string Describe(SimulationResult result) => string.Create(
        CultureInfo.InvariantCulture,
        $"{result.Histories:N0} histories, {result.Events:N0} simulated events, {result.Executions:N0} executions of shards, {result.EventsPerCpuSecond:N0} events per CPU second, {result.Failed.Count} failed");

    /// <summary>What failed, how to see it again, and the least that is needed for it.</summary>
    public static string Explain(HistoryResult failed, PlantedBug bug = PlantedBug.None)
    {
        int[] least = Minimise(failed.Seed, failed.Broken!, bug);
        using var log = new StringWriter();
        HistoryResult small = History.Run(failed.Seed, bug, least.ToHashSet(), log);
        string replay = $"./build.sh simulate --seed {failed.Seed} --keep \"{string.Join(",", least)}\"{(bug == PlantedBug.None ? "" : $" --bug {bug}")}";
        return $"seed {failed.Seed}: {failed.Violations[0]}\n  replay: {replay}\n  what is done to it:\n{log}  found then: {small.Violations.FirstOrDefault() ?? "nothing"}";
    }

    /// <param name="first">The first seed; the others follow it.</param>
    /// <param name="seeds">How many.</param>
    /// <param name="limit">No history begins after this time.</param>
    /// <param name="bug">What is planted.</param>
    /// <param name="mostFailures">After so many failures it ends.</param>
    /// <param name="found">Told of each failure as it is found, one at a time.</param>
    public static SimulationResult RunMany(
        ulong first, long seeds, TimeSpan limit, PlantedBug bug = PlantedBug.None, int mostFailures = 50, Action<HistoryResult>? found = null)
    {
        long done = -1;
        long histories = 0;
        long events = 0;
        long executions = 0;
        var failed = new ConcurrentQueue<HistoryResult>();
        var telling = new Lock();
        TimeSpan cpuBefore = Process.GetCurrentProcess().TotalProcessorTime;
        long from = Stopwatch.GetTimestamp();
        void Work()
        {
            while (Interlocked.Increment(ref done) is var next && next < seeds && Stopwatch.GetElapsedTime(from) < limit && failed.Count < mostFailures)
            {
                HistoryResult result = History.Run(first + (ulong)next, bug);
                Interlocked.Increment(ref histories);
                Interlocked.Add(ref events, result.Events);
                Interlocked.Add(ref executions, result.Executions);
                if (result.Violations.Count > 0)
                {
                    failed.Enqueue(result);
                    lock (telling)
                    {
                        found?.Invoke(result);
                    }
                }
            }
        }

        Thread[] workers = [.. Enumerable.Range(0, Math.Clamp(Environment.ProcessorCount, 1, 16)).Select(_ => new Thread(Work))];
        Array.ForEach(workers, w => w.Start());
        Array.ForEach(workers, w => w.Join());
        return new SimulationResult(histories, events, executions, Process.GetCurrentProcess().TotalProcessorTime - cpuBefore, [.. failed.OrderBy(f => f.Seed)]);
    }

    /// <summary>Leaves deeds out while the same invariant still breaks: halves first, then one by one.</summary>
    private static int[] Minimise(ulong seed, string broken, PlantedBug bug)
    {
        int[] items = [.. Plan.Of(seed).Items.Select(i => i.Index)];
        for (int chunk = Math.Max(1, items.Length / 2); chunk >= 1; chunk /= 2)
        {
            for (int start = 0; start < items.Length;)
            {
                int[] less = [.. items.Where((_, i) => i < start || i >= start + chunk)];
                if (History.Run(seed, bug, less.ToHashSet()).Broken == broken)
                {
                    items = less;
                }
                else
                {
                    start += chunk;
                }
            }
        }

        return items;
    }

    /// <summary>Shows one history; with <paramref name="about"/> also the stored events whose text holds it.</summary>
    private static int Look(ulong seed, PlantedBug bug, HashSet<int>? keep, string? about, TextWriter output)
    {
        var plan = Plan.Of(seed, keep);
        output.WriteLine($"seed {seed}: {plan.Length.TotalSeconds:0} s from {plan.Start:u}, {plan.Agents} agents with {plan.AgentResources}");
        foreach (Scheduling.Definitions.JobDefinition job in plan.Jobs)
        {
            output.WriteLine($"  {job.Name}: {job.Mode} {string.Join(" ", job.Schedule)} {job.Every} {job.TimeZone} × {job.ShardCount} of {job.App}; {job.Policy}");
        }

        HistoryResult result = History.Run(seed, bug, keep, output);
        foreach (string happening in about is null ? [] : result.Stored.Select(e => e.ToString()).Where(e => e.Contains(about, StringComparison.Ordinal)))
        {
            output.WriteLine(happening);
        }

        output.WriteLine($"{result.Events} events, {result.Executions} executions, digest {result.Digest:x8}");
        result.Violations.ToList().ForEach(v => output.WriteLine("VIOLATED " + v));
        return result.Violations.Count == 0 ? 0 : 1;
    }
}
