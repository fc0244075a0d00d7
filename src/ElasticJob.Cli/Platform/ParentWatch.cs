using System.Runtime.InteropServices;

namespace ElasticJob.Cli.Platform;

/// <summary>
/// Ties a child process to its parent. The parent holds the other end of the child's standard input and never writes: when it ends in any way,
/// kill -9 included, the kernel closes that end and the child reads end of file.
/// </summary>
internal static class ParentWatch
{
    /// <summary>Completes when the parent is gone or has closed the pipe.</summary>
    public static async Task ParentGoneAsync(CancellationToken cancellationToken)
    {
        await using Stream input = Console.OpenStandardInput();
        byte[] nothing = new byte[16];
        while (await input.ReadAsync(nothing, cancellationToken).ConfigureAwait(false) > 0)
        {
        }
    }

    /// <summary>
    /// A process group of its own: Ctrl+C in a terminal goes to the group in the foreground, and the parent wants to end its parts in order.
    /// </summary>
    public static void LeaveProcessGroup()
    {
        if (!OperatingSystem.IsWindows())
        {
            // Failure leaves the child in the parent's group; then Ctrl+C reaches it, where it is ignored.
            _ = SetProcessGroup(0, 0);
        }
    }

    [DllImport("libc", EntryPoint = "setpgid", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetProcessGroup(int process, int group);
}
