using System.Runtime.InteropServices;

namespace ElasticJob.Execution;

/// <summary>The three calls of the C library that .NET has no word for.</summary>
internal static class PosixProcess
{
    public const int Terminate = 15;
    public const int Kill = 9;

    private static readonly string[] Names =
    [
        "", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2",
        "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG",
        "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
    ];

    /// <summary>Signals a whole process group, or, if there is none of that id (yet), the one process.</summary>
    public static void SignalGroup(int id, int signal)
    {
        if (kill(-id, signal) != 0)
        {
            _ = kill(id, signal);
        }
    }

    /// <summary>The signal that an exit code of 128 + n tells of; <see langword="null"/> for a plain exit code.</summary>
    public static string? SignalOf(int exitCode) => exitCode > 128 && exitCode < 128 + Names.Length ? Names[exitCode - 128] : null;

    /// <summary>Ends this process now: no finalizers, no handlers that user code could block.</summary>
    public static void ExitNow(int code)
    {
        if (OperatingSystem.IsWindows())
        {
            Environment.Exit(code);
        }

        _exit(code);
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int pid, int signal);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void _exit(int code);
}
