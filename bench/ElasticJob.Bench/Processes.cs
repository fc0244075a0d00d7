using System.Globalization;

namespace ElasticJob.Bench;

/// <summary>What /proc tells of a process and all that it started.</summary>
internal static class Processes
{
    // USER_HZ: the kernel reports times in hundredths of a second to every program, whatever its own tick is.
    private const double TicksPerSecond = 100;

    public sealed record Sample(int Id, string Kind, double CpuSeconds, double RssMiB, double PssMiB, long Wakeups);

    public static List<Sample> Tree(int root)
    {
        var parents = new Dictionary<int, int>();
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int id) && Stat(id) is { } stat)
            {
                parents[id] = int.Parse(stat[1], CultureInfo.InvariantCulture);
            }
        }

        return [.. parents.Keys.Where(Below).Select(Of).OfType<Sample>().OrderBy(s => s.Id)];

        bool Below(int id)
        {
            while (id != root && parents.TryGetValue(id, out int parent))
            {
                id = parent;
            }

            return id == root;
        }

        Sample? Of(int id)
        {
            try
            {
                string[] stat = Stat(id)!;
                string command = File.ReadAllText($"/proc/{id}/cmdline").Replace('\0', ' ');
                string kind = id == root ? "scheduler" : command.Contains(" local-cluster ", StringComparison.Ordinal) ? "cluster" : command.StartsWith("sh ", StringComparison.Ordinal) || command.StartsWith("/bin/sh ", StringComparison.Ordinal) ? "shell" : "executor";
                return new Sample(
                    id,
                    kind,
                    (double.Parse(stat[11], CultureInfo.InvariantCulture) + double.Parse(stat[12], CultureInfo.InvariantCulture)) / TicksPerSecond,
                    Field($"/proc/{id}/status", "VmRSS:") / 1024.0,
                    Field($"/proc/{id}/smaps_rollup", "Pss:") / 1024.0,
                    Directory.EnumerateDirectories($"/proc/{id}/task").Sum(t => Field($"{t}/status", "voluntary_ctxt_switches:")));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or NullReferenceException)
            {
                // It ended while it was looked at.
                return null;
            }
        }
    }

    /// <summary>The fields of /proc/PID/stat after the name, which may hold spaces.</summary>
    private static string[]? Stat(int id)
    {
        try
        {
            string text = File.ReadAllText($"/proc/{id}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long Field(string file, string name) =>
        File.ReadLines(file).FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal)) is { } line
            ? long.Parse(line[name.Length..].Trim().Split(' ')[0], CultureInfo.InvariantCulture)
            : 0;
}
