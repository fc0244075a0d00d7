using System.Diagnostics;
using System.Globalization;

namespace ElasticJob.Bench;

/// <summary>Gathers figures and prints them as a Markdown table, with the machine, the commit and the date.</summary>
internal sealed class Table(TimeProvider time)
{
    private readonly List<(string What, string Value, string Note)> rows = [];
    private readonly DateTimeOffset started = time.GetUtcNow();
    private readonly string loadBefore = Load();

    public void Add(string what, string value, string note = "")
    {
        rows.Add((what, value, note));
        Console.Error.WriteLine($"{(time.GetUtcNow() - started).TotalSeconds,5:0} s  {what}: {value}  {note}");
    }

    public void Print()
    {
        int what = rows.Max(r => r.What.Length);
        int value = rows.Max(r => r.Value.Length);
        Console.WriteLine(Text($"Measured {started:yyyy-MM-dd HH:mm} UTC in {(time.GetUtcNow() - started).TotalSeconds:0} s, commit {Commit()}."));
        Console.WriteLine($"Machine: {Environment.ProcessorCount} cores, {Processor()}, {Memory()}, {System.Runtime.InteropServices.RuntimeInformation.OSDescription}, .NET {Environment.Version}.");
        Console.WriteLine($"Load average before {loadBefore}, after {Load()}.");
        Console.WriteLine();
        Console.WriteLine($"| {"what".PadRight(what)} | {"value".PadRight(value)} | note |");
        Console.WriteLine($"|{new string('-', what + 2)}|{new string('-', value + 1)}:|---|");
        foreach ((string name, string figure, string note) in rows)
        {
            Console.WriteLine($"| {name.PadRight(what)} | {figure.PadLeft(value)} | {note} |");
        }
    }

    /// <summary>Formats figures the same on every machine.</summary>
    public static string Text(FormattableString text) => FormattableString.Invariant(text);

    /// <summary>The value that a share of the values does not exceed.</summary>
    public static double Quantile(IReadOnlyList<double> sorted, double share) =>
        sorted.Count == 0 ? double.NaN : sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Count) - 1, 0, sorted.Count - 1)];

    private static string Load() => File.Exists("/proc/loadavg") ? string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ').Take(3)) : "unknown";

    private static string Processor() => Field("/proc/cpuinfo", "model name");

    private static string Memory() =>
        long.TryParse(Field("/proc/meminfo", "MemTotal").Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out long kib) ? Text($"{kib / 1048576.0:0} GiB") : "unknown memory";

    private static string Field(string file, string name) =>
        File.Exists(file) ? File.ReadLines(file).FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown" : "unknown";

    private static string Commit()
    {
        try
        {
            using Process git = Process.Start(new ProcessStartInfo("git", ["describe", "--always", "--dirty"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            string text = git.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return text.Length > 0 ? text : "unknown";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "unknown (no git)";
        }
    }
}
