namespace ElasticJob.Local.Processes;

/// <summary>Says in words how a process ended.</summary>
internal static class ExitDescription
{
    private const int SignalBase = 128;
    private const int LongestTail = 2048;

    /// <summary>As <c>wait(2)</c> tells it: the code in the second byte, or the signal in the first.</summary>
    /// <remarks>A shell's convention decides which it was: a program that itself exits with 128 + n looks like one killed by signal n.</remarks>
    public static int WaitStatus(int exitCode) => Signal(exitCode) is { } signal ? signal : exitCode << 8;

    public static string Of(int? exitCode) => exitCode switch
    {
        null => "ended while its agent was not running",
        126 => "exited with status 126: the command is there but cannot be executed (is the executable bit set?)",
        127 => "exited with status 127: the command was not found",
        { } code when Signal(code) is { } signal => $"was terminated by signal {signal} ({Name(signal)})"
            + (signal == NativeMethods.SigKill ? "; if nobody asked for that, the kernel's out-of-memory killer is the likely cause" : ""),
        { } code => $"exited with status {code}",
    };

    /// <summary>The last lines of a log file, or nothing.</summary>
    public static string Tail(string file)
    {
        try
        {
            using FileStream log = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            log.Seek(-Math.Min(LongestTail, log.Length), SeekOrigin.End);
            using var reader = new StreamReader(log);
            string text = reader.ReadToEnd().Trim();
            return text.Length == 0 ? "" : $". Its last lines on stderr: {text}";
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static int? Signal(int exitCode) => exitCode is > SignalBase and <= SignalBase + 64 ? exitCode - SignalBase : null;

    private static string Name(int signal) => signal switch
    {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        _ => "see signal(7)",
    };
}
