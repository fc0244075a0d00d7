using System.Diagnostics;

namespace ElasticJob.Local.Processes;

/// <summary>
/// The first process of an executor: leader of a session and a process group of its own, so that a signal to the group reaches its children.
/// </summary>
internal sealed class ContainerProcess
{
    /// <summary>The process replaces the shell; its output is appended to two files in its directory.</summary>
    private const string Replace = "exec \"$@\" >>stdout 2>>stderr </dev/null";

    /// <summary>
    /// The shell stays to write the exit code to the file $0, so that it is known even if the agent was not there at the end. It survives SIGTERM
    /// for that; a trapped signal (unlike an ignored one) is back to its default in the child.
    /// </summary>
    private const string Record =
        "trap : TERM INT HUP; (exec \"$@\") >>stdout 2>>stderr </dev/null; code=$?; echo $code >\"$0.new\" && mv \"$0.new\" \"$0\"; exit $code";

    private readonly Process? _child;

    private ContainerProcess(ProcessIdentity identity, Process? child)
    {
        Identity = identity;
        _child = child;
    }

    public ProcessIdentity Identity { get; }

    /// <summary>Starts a program.</summary>
    /// <param name="command">Program and arguments.</param>
    /// <param name="directory">Where it runs and where its output goes.</param>
    /// <param name="environment">All of its environment.</param>
    /// <param name="exitFile">Where the exit code is to be written, or null.</param>
    /// <param name="exited">Called once with the exit code (128 + signal for a signal).</param>
    public static ContainerProcess Start(
        IEnumerable<string> command,
        string directory,
        IReadOnlyDictionary<string, string> environment,
        string? exitFile,
        Action<int> exited)
    {
        var start = new ProcessStartInfo("/usr/bin/setsid") { WorkingDirectory = directory, UseShellExecute = false };
        start.ArgumentList.Add("/bin/sh");
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(exitFile is null ? Replace : Record);
        start.ArgumentList.Add(exitFile ?? "sh");
        foreach (string argument in command)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Clear();
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.Exited += (_, _) => exited(process.ExitCode);
        process.Start();
        return new ContainerProcess(ProcessIdentity.Of(process.Id) ?? new ProcessIdentity(process.Id, "0", "gone"), process);
    }

    /// <summary>Watches a process that an earlier life of this program started. Null if it has ended.</summary>
    /// <param name="identity">The process.</param>
    /// <param name="exited">Called once, without an exit code: only a parent learns it.</param>
    public static ContainerProcess? Adopt(ProcessIdentity identity, Action exited)
    {
        int descriptor = NativeMethods.OpenProcess(identity.Pid);
        if (descriptor < 0)
        {
            return null;
        }

        if (!identity.IsAlive())
        {
            _ = NativeMethods.Close(descriptor);
            return null;
        }

        // Not our child, so no signal tells of its end: one sleeping thread per survivor does.
        new Thread(() => Watch(descriptor, exited), 128 * 1024) { IsBackground = true, Name = $"executor {identity.Pid}" }.Start();
        return new ContainerProcess(identity, null);
    }

    /// <summary>Signals the whole process group.</summary>
    public void Signal(int signal)
    {
        // Directly after the start the group may not exist yet; the process does.
        if (NativeMethods.Kill(-Identity.Pid, signal) != 0 && _child is null or { HasExited: false })
        {
            _ = NativeMethods.Kill(Identity.Pid, signal);
        }
    }

    private static void Watch(int descriptor, Action exited)
    {
        var poll = new NativeMethods.PollDescriptor { Descriptor = descriptor, Events = NativeMethods.PollIn };
        while (NativeMethods.Poll(ref poll, 1, -1) < 0)
        {
            // Interrupted by a signal.
        }

        _ = NativeMethods.Close(descriptor);
        exited();
    }
}
