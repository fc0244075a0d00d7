using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using ElasticJob.Logs;
using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Reports;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Execution;

/// <summary>
/// Runs a command in a session, and so a process group, of its own. Its output goes to the task's log. Cancelled, the whole group gets
/// SIGTERM and, after the grace period, SIGKILL.
/// </summary>
internal sealed class ScriptRunner(TimeProvider time)
{
    private const string Category = "Script";
    private const string SandboxVariable = "MESOS_DIRECTORY";

    // A child that the command left behind may hold the pipes open; its output is not waited for longer than this.
    private static readonly TimeSpan OutputPatience = TimeSpan.FromSeconds(2);
    private static readonly string[] SetsidPlaces = ["/usr/bin/setsid", "/bin/setsid"];

    private readonly string? setsid = Array.Find(SetsidPlaces, File.Exists);

    public async Task<TaskFailure?> RunAsync(ScriptWork work, ShardingContext context, TaskRoom room, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string directory = Path.GetFullPath(work.WorkingDirectory ?? ".", room.Sandbox);
        if (!Directory.Exists(directory))
        {
            return Failures.Of(FailureKind.CannotStart, $"The working directory '{directory}' does not exist on this agent.");
        }

        ProcessStartInfo start = Command(work, directory);
        if (Resolve(start.FileName, directory) is not { } program)
        {
            return Failures.Of(FailureKind.CannotStart, $"'{start.FileName}' was not found, or is not executable, on this agent.");
        }

        start.FileName = program;
        if (setsid is not null)
        {
            // setsid(1) makes the session and then becomes the program: same process id, and that id names the group.
            start.ArgumentList.Insert(0, program);
            start.FileName = setsid;
        }

        string contextFile = Path.Combine(room.Directory, "context.json");
        PrepareEnvironment(start.Environment, work, context, room, contextFile);
        using var process = new Process { StartInfo = start };
        try
        {
            Directory.CreateDirectory(room.Directory);
            ScriptContext.Of(context).WriteTo(contextFile);
            process.Start();
        }
        catch (Exception e) when (e is Win32Exception or IOException or UnauthorizedAccessException)
        {
            return Failures.Of(FailureKind.CannotStart, $"'{work.Command}' could not be started: {e.Message}");
        }

        using var outputs = new CancellationTokenSource();
        Task output = Task.WhenAll(
            CopyAsync(process.StandardOutput.BaseStream, room.Log, outputs.Token),
            CopyAsync(process.StandardError.BaseStream, room.Log, outputs.Token));
        Task input = FeedAsync(process, work.StandardInput);
        bool killed = await WaitAsync(process, room, cancellationToken).ConfigureAwait(false);
        try
        {
            await output.WaitAsync(OutputPatience, time, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            room.Log.Write(LogLevel.Warning, Category, "The command ended but left a process behind that holds its output open; it is not waited for.", null);
            await outputs.CancelAsync().ConfigureAwait(false);
        }

        await input.WaitAsync(OutputPatience, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return killed ? throw new OperationCanceledException(cancellationToken) : Verdict(process.ExitCode);
    }

    private static ProcessStartInfo Command(ScriptWork work, string directory)
    {
        var start = new ProcessStartInfo
        {
            FileName = work.Arguments is null ? work.Shell : work.Command,
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in work.Arguments ?? ["-c", work.Command])
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }

    private static void PrepareEnvironment(
        IDictionary<string, string?> environment, ScriptWork work, ShardingContext context, TaskRoom room, string contextFile)
    {
        // The agent's own variables, and with them the executor's token, are not the script's business. But by the sandbox in its environment an
        // agent finds a script whose executor was killed: it runs in a session of its own, where no signal to the executor's group reaches it.
        string? sandbox = environment.TryGetValue(SandboxVariable, out string? named) ? named : null;
        foreach (string name in environment.Keys.Where(IsAgents).ToList())
        {
            environment.Remove(name);
        }

        foreach ((string name, string value) in work.Environment ?? new Dictionary<string, string>())
        {
            environment[name] = value;
        }

        foreach ((string name, string value) in ScriptContext.Of(context).Members())
        {
            environment[$"ELASTICJOB_{name}"] = value;
        }

        if (sandbox is not null)
        {
            environment[SandboxVariable] = sandbox;
        }

        environment["ELASTICJOB_CONTEXT_FILE"] = contextFile;
        if (room.TraceParent is not null)
        {
            environment["TRACEPARENT"] = room.TraceParent;
        }
    }

    private static bool IsAgents(string name) =>
        name.StartsWith("MESOS_", StringComparison.Ordinal) || name.StartsWith("LIBPROCESS_", StringComparison.Ordinal)
        || name.StartsWith("ELASTICJOB_", StringComparison.Ordinal);

    private static string? Resolve(string program, string directory)
    {
        if (program.Contains('/'))
        {
            string path = Path.GetFullPath(program, directory);
            return IsExecutable(path) ? path : null;
        }

        return (Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(IsExecutable);
    }

    private static bool IsExecutable(string path) => File.Exists(path)
        && (OperatingSystem.IsWindows()
            || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0);

    private static async Task CopyAsync(Stream output, TaskLog log, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[8192];
        char[] characters = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length)];
        Decoder decoder = Encoding.UTF8.GetDecoder();
        try
        {
            int read;
            while ((read = await output.ReadAsync(bytes, cancellationToken).ConfigureAwait(false)) > 0)
            {
                int count = decoder.GetChars(bytes, 0, read, characters, 0);
                log.WritePart(characters.AsSpan(0, count));
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The reader of a pipe whose writer is gone, or that is no longer waited for.
        }
    }

    private static async Task FeedAsync(Process process, string? text)
    {
        try
        {
            if (text is not null)
            {
                await process.StandardInput.WriteAsync(text).ConfigureAwait(false);
            }

            process.StandardInput.Close();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // A command may end without reading its input.
        }
    }

    private async Task<bool> WaitAsync(Process process, TaskRoom room, CancellationToken cancellationToken)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => ended.TrySetResult();
        if (process.HasExited)
        {
            ended.TrySetResult();
        }

        await ended.Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (ended.Task.IsCompleted)
        {
            return false;
        }

        Signal(process, PosixProcess.Terminate);
        room.Log.Write(LogLevel.Information, Category, "Killed: SIGTERM was sent to the process group.", null);
        await ended.Task.WaitAsync(room.KillGrace, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!ended.Task.IsCompleted)
        {
            string grace = room.KillGrace.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture);
            room.Log.Write(LogLevel.Warning, Category, $"Still running {grace} s after SIGTERM: SIGKILL was sent to the process group.", null);
        }

        // Also when the leader ended in time: a member of the group that ignored SIGTERM must not outlive the report of the kill.
        Signal(process, PosixProcess.Kill);
        await ended.Task.ConfigureAwait(false);
        return true;
    }

    private void Signal(Process process, int signal)
    {
        if (setsid is not null)
        {
            PosixProcess.SignalGroup(process.Id, signal);
        }
        else if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }
    }

    private static TaskFailure? Verdict(int exitCode) => PosixProcess.SignalOf(exitCode) switch
    {
        _ when exitCode == 0 => null,
        { } signal => new TaskFailure
        {
            Kind = FailureKind.Signal, Message = $"The command was ended by {signal}.", Signal = signal, ExitCode = exitCode,
        },
        null => new TaskFailure
        {
            Kind = FailureKind.ExitCode, Message = $"The command ended with exit code {exitCode}.", ExitCode = exitCode,
        },
    };
}
