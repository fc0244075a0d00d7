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
        (Arguments? asked, string? fault) = Arguments.Of(args);
        if (asked is null)
        {
            output.WriteLine(fault);
            output.WriteLine(Arguments.Usage);
            return 2;
        }

        if (asked.Seed is { } one)
        {
            return Look(one, asked, output);
        }

        SimulationResult result = RunMany(asked.First, asked.Seeds, asked.Limit, asked.Bug, found: failed => output.WriteLine($"seed {failed.Seed}: {failed.Violations[0]}"));
        output.WriteLine(Describe(result));
        foreach (HistoryResult failed in result.Failed.Take(10))
        {
            output.WriteLine();
            output.WriteLine(Explain(failed, asked.Bug));
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

    /// <summary>Shows one history, and the stored events that are asked for.</summary>
    private static int Look(ulong seed, Arguments asked, TextWriter output)
    {
        var plan = Plan.Of(seed, asked.Keep);
        output.WriteLine($"seed {seed}: {plan.Length.TotalSeconds:0} s from {plan.Start:u}, {plan.Agents} agents with {plan.AgentResources}");
        foreach (Scheduling.Definitions.JobDefinition job in plan.Jobs)
        {
            output.WriteLine($"  {job.Name}: {job.Mode} {string.Join(" ", job.Schedule)} {job.Every} {job.TimeZone} × {job.ShardCount} of {job.App}; {job.Policy}");
        }

        HistoryResult result = History.Run(seed, asked.Bug, asked.Keep, output);
        foreach (string happening in asked.Events is not { } text ? [] : result.Stored.Select(e => e.ToString()).Where(e => e.Contains(text, StringComparison.Ordinal)))
        {
            output.WriteLine(happening);
        }

        output.WriteLine($"{result.Events} events, {result.Executions} executions, digest {result.Digest:x8}");
        result.Violations.ToList().ForEach(v => output.WriteLine("VIOLATED " + v));
        return result.Violations.Count == 0 ? 0 : 1;
    }
}
