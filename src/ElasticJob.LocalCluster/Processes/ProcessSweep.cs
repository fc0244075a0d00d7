using System.Globalization;
using System.Text;

namespace ElasticJob.Local.Processes;

/// <summary>
/// Finds what executors leave behind. A process group does not hold children that made a session of their own, but every descendant inherits
/// the environment, and with it the sandbox's path.
/// </summary>
internal static class ProcessSweep
{
    /// <summary>Kills every process whose <c>MESOS_DIRECTORY</c> is chosen; says how many there were.</summary>
    public static int Kill(Predicate<string> sandbox)
    {
        int killed = 0;
        foreach (string process in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                && pid != Environment.ProcessId
                && SandboxOf(process) is { } path
                && sandbox(path)
                && NativeMethods.Kill(pid, NativeMethods.SigKill) == 0)
            {
                killed++;
            }
        }

        return killed;
    }

    private static string? SandboxOf(string process)
    {
        try
        {
            ReadOnlySpan<byte> environment = File.ReadAllBytes(Path.Combine(process, "environ"));
            int start = environment.IndexOf("MESOS_DIRECTORY="u8);
            if (start < 0 || (start > 0 && environment[start - 1] != 0))
            {
                return null;
            }

            environment = environment[(start + "MESOS_DIRECTORY=".Length)..];
            int end = environment.IndexOf((byte)0);
            return Encoding.UTF8.GetString(end < 0 ? environment : environment[..end]);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // It has ended, or belongs to somebody else and so is none of ours.
            return null;
        }
    }
}
