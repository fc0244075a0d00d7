using System.Globalization;
using System.Runtime.InteropServices;

namespace ElasticJob.EndToEnd.Tests.Support;

/// <summary>The processes of this machine, as /proc tells.</summary>
internal static class ProcessTable
{
    private const int Interrupt = 2;
    private const int Kill = 9;
    private const int Terminate = 15;
    private const int Stop = 19;
    private const int Continue = 18;

    /// <summary>Processes that belong to a data folder: they run in it, or were told it on their command line. Zombies do not count.</summary>
    public static IReadOnlyList<int> Of(string folder) =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Select(d => int.TryParse(Path.GetFileName(d), NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : 0)
            .Where(id => id > 0 && id != Environment.ProcessId && Belongs(id, folder)),
    ];

    public static bool Lives(int process) => State(process) is not (null or 'Z' or 'X');

    public static string CommandLine(int process) => Read(process, "cmdline").Replace('\0', ' ').Trim();

    /// <summary>What Ctrl+C in a terminal does.</summary>
    public static void InterruptGroup(int process) => Send(-process, Interrupt);

    /// <summary>What <c>timeout</c>, a service manager or the end of a container does.</summary>
    public static void TerminateGroup(int process) => Send(-process, Terminate);

    public static void KillNow(int process) => Send(process, Kill);

    /// <summary>Freezes a process where it is.</summary>
    public static void Freeze(int process) => Send(process, Stop);

    public static void Thaw(int process) => Send(process, Continue);

    public static Task GoneAsync(int process) => Until.TrueAsync(() => !Lives(process), $"the end of process {process}", () => CommandLine(process));

    /// <summary>Waits until no process of a data folder is left.</summary>
    public static Task NoneLeftAsync(string folder) => Until.TrueAsync(
        () => Of(folder).Count == 0,
        $"the end of every process of {folder}",
        () => string.Join('\n', Of(folder).Select(p => $"{p}: {CommandLine(p)}")));

    private static bool Belongs(int process, string folder)
    {
        if (!Lives(process))
        {
            return false;
        }

        try
        {
            return (File.ResolveLinkTarget($"/proc/{process}/cwd", returnFinalTarget: false)?.FullName + "/").StartsWith(folder + "/", StringComparison.Ordinal)
                || Read(process, "cmdline").Contains(folder, StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>PID (COMM) STATE …; the name may hold anything, so the state is looked for after its last bracket.</summary>
    private static char? State(int process) => Read(process, "stat") is { Length: > 0 } stat ? stat[stat.LastIndexOf(')') + 2] : null;

    private static string Read(int process, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/{file}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static void Send(int process, int signal)
    {
        const int NoSuchProcess = 3;
        if (SendSignal(process, signal) != 0 && Marshal.GetLastPInvokeError() is var error && error != NoSuchProcess)
        {
            throw new InvalidOperationException($"kill({process}, {signal}): error {error}");
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int process, int signal);
}
