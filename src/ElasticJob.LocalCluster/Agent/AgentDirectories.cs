namespace ElasticJob.Local.Agent;

/// <summary>Where an agent keeps what, as Mesos lays out a work directory.</summary>
internal sealed class AgentDirectories(string workDirectory, int index, string agentId)
{
    /// <summary>Journals: what must survive a crash.</summary>
    public string Journals { get; } = Path.Combine(workDirectory, "meta", $"agent-{index}", "executors");

    /// <summary><c>slaves/AGENT</c>: the sandboxes.</summary>
    public string Root { get; } = Path.Combine(workDirectory, "slaves", agentId);

    public string Journal(string container) => Path.Combine(Journals, container + ".journal");

    /// <summary>Where the shell of a command task writes the exit code.</summary>
    public string ExitFile(string container) => Path.Combine(Journals, container + ".exit");

    public string Runs(FrameworkID framework, ExecutorID executor) =>
        Path.Combine(Root, "frameworks", framework.Value, "executors", executor.Value, "runs");

    public string Sandbox(FrameworkID framework, ExecutorID executor, string container) => Path.Combine(Runs(framework, executor), container);

    /// <summary>Makes a sandbox and points <c>latest</c> to it.</summary>
    public string CreateSandbox(FrameworkID framework, ExecutorID executor, string container)
    {
        string sandbox = Sandbox(framework, executor, container);
        Directory.CreateDirectory(sandbox);
        string latest = Path.Combine(Runs(framework, executor), "latest");
        string next = latest + "." + container;
        File.CreateSymbolicLink(next, container);
        if (Processes.NativeMethods.Rename(next, latest) != 0)
        {
            throw new IOException($"'{latest}' could not be pointed to the new sandbox (errno {System.Runtime.InteropServices.Marshal.GetLastPInvokeError()})");
        }

        return sandbox;
    }
}
