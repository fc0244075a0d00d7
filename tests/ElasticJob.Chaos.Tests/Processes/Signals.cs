using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ElasticJob.Chaos.Processes;

/// <summary>Signals to processes that this program has started.</summary>
internal static partial class Signals
{
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    public static void Send(Process process, int signal)
    {
        // One that has ended meanwhile needs no signal.
        if (!process.HasExited)
        {
            _ = Kill(process.Id, signal);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
