using System.Globalization;
using System.Text;

namespace ElasticJob.Local.Processes;

/// <summary>
/// Finds what executors leave behind. A process group does not hold children that made a session of their own, but every descendant inherits
/// the environment, and with it the sandbox's path.
/// </summary>
internal static class ProcessSweep
{
    /// <summary>Enough for processes that start others while they are looked for; one that cannot be killed must not hold up everything else.</summary>
    private const int MostPasses = 200;

    /// <summary>The flag of <c>/proc/PID/stat</c> for a thread of the kernel.</summary>
    private const uint KernelThread = 0x0020_0000;

    /// <summary>Kills every process whose <c>MESOS_DIRECTORY</c> is chosen, until none is left; says how many there were.</summary>
    public static int Kill(Predicate<string> sandbox)
    {
        HashSet<int> killed = [];
        for (int pass = 0; pass < MostPasses; pass++)
        {
            bool again = false;
            foreach (string process in Directory.EnumerateDirectories("/proc"))
            {
                if (!int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) || pid == Environment.ProcessId)
                {
                    continue;
                }

                // One that was found may have started another behind this look's back; one in the middle of exec shows no environment yet.
                byte[] environment = Read(process, "environ");
                if (environment.Length == 0)
                {
                    again |= IsBeingReplaced(process);
                }
                else if (SandboxOf(environment) is { } path && sandbox(path) && NativeMethods.Kill(pid, NativeMethods.SigKill) == 0)
                {
                    killed.Add(pid);
                    again = true;
                }
            }

            if (!again)
            {
                break;
            }

            Thread.Yield();
        }

        return killed.Count;
    }

    /// <summary>Between two programs: neither environment nor command line are there, and it is neither ended nor a thread of the kernel.</summary>
    private static bool IsBeingReplaced(string process)
    {
        if (Read(process, "cmdline").Length > 0)
        {
            return false;
        }

        // "pid (comm) state ppid pgrp session tty tpgid flags …": comm may hold anything, so the fields count from the last bracket.
        string stat = Encoding.UTF8.GetString(Read(process, "stat"));
        string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 6
            && fields[0] is not ("Z" or "X")
            && uint.TryParse(fields[6], NumberStyles.None, CultureInfo.InvariantCulture, out uint flags)
            && (flags & KernelThread) == 0;
    }

    private static string? SandboxOf(ReadOnlySpan<byte> environment)
    {
        int start = environment.IndexOf("MESOS_DIRECTORY="u8);
        if (start < 0 || (start > 0 && environment[start - 1] != 0))
        {
            return null;
        }

        environment = environment[(start + "MESOS_DIRECTORY=".Length)..];
        int end = environment.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? environment : environment[..end]);
    }

    /// <summary>A file of a process; nothing if it has ended, or belongs to somebody else and so is none of ours.</summary>
    private static byte[] Read(string process, string file)
    {
        try
        {
            return File.ReadAllBytes(Path.Combine(process, file));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
