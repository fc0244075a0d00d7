namespace ElasticJob.Local.Tests;

/// <summary>Waits for processes that are not our children.</summary>
internal static class Processes
{
    /// <summary>Ended counts, even where nobody has collected its exit code yet.</summary>
    public static Task GoneAsync(int pid) => Patience.UntilAsync(
        () => Task.FromResult(Local.Processes.ProcessIdentity.Of(pid) is null), $"the end of process {pid}", () => Line($"/proc/{pid}/cmdline"));

    /// <summary>Every process that was started for a directory, such as that of a sandbox; those that have ended do not count.</summary>
    public static IReadOnlyList<int> Of(string directory) =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Where(process => int.TryParse(Path.GetFileName(process), out int pid) && pid != System.Environment.ProcessId)
            .Where(process => Line(Path.Combine(process, "environ")).Contains($"MESOS_DIRECTORY={directory}", StringComparison.Ordinal))
            .Select(process => int.Parse(Path.GetFileName(process), System.Globalization.CultureInfo.InvariantCulture)),
    ];

    private static string Line(string file)
    {
        try
        {
            return File.ReadAllText(file).Replace('\0', ' ');
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
