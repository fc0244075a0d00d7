using System.Runtime.InteropServices;

namespace ElasticJob.Local.Processes;

/// <summary>The few calls of libc that .NET has no word for.</summary>
internal static partial class NativeMethods
{
    public const int SigTerm = 15;
    public const int SigKill = 9;
    public const short PollIn = 1;

    /// <summary>pidfd_open has the same number on every architecture; Linux 5.3.</summary>
    private const long PidfdOpen = 434;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    /// <summary>A descriptor that becomes readable when the process ends; negative if there is no such process.</summary>
    public static int OpenProcess(int pid) => (int)SystemCall(PidfdOpen, pid, 0);

    /// <summary>Replaces a link in one step; .NET's move follows it.</summary>
    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Rename(string from, string to);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(ref PollDescriptor descriptor, ulong count, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long SystemCall(long number, long first, long second);

    [StructLayout(LayoutKind.Sequential)]
    public struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
