using System.CommandLine;
using ElasticJob.Cli.Terminals;

namespace ElasticJob.Cli.Commands;

/// <summary>The program: its commands, and the one place where a failure becomes a message and an exit code.</summary>
internal static class ElasticJobCommand
{
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, Terminal terminal)
    {
        RootCommand root = Create(terminal);
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (string message in parsed.Errors.Select(e => e.Message).Distinct())
            {
                await terminal.Error.WriteLineAsync($"elasticjob: {message}");
            }

            await terminal.Error.WriteLineAsync($"See '{Path(parsed.CommandResult)} --help'.");
            return ExitCode.Usage;
        }

        var configuration = new InvocationConfiguration
        {
            Output = terminal.Out,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,

            // 'up' ends its parts in order by itself; for the rest, cancellation is prompt.
            ProcessTerminationTimeout = null,
        };
        return await parsed.InvokeAsync(configuration);
    }

    /// <summary>Connects a command with its work.</summary>
    public static void Does(this Command command, Terminal terminal, Func<Invocation, Task<int>> work) =>
        command.SetAction((parsed, cancellation) => GuardAsync(new Invocation(parsed, terminal, cancellation), work));

    internal static RootCommand Create(Terminal terminal)
    {
        return new RootCommand("ElasticJob: distributed jobs for .NET. 'elasticjob up --examples' starts everything on this machine.")
        {
            GlobalOptions.Output,
            GlobalOptions.Server,
            GlobalOptions.Data,
            UpCommand.Create(terminal),
            SchedulerCommand.Create(terminal),
            LocalClusterCommand.Create(terminal),
            ApplyCommand.Create(terminal),
            ExportCommand.Create(terminal),
            AppCommands.Create(terminal),
            JobCommands.Create(terminal),
            RunCommands.Create(terminal),
            ClusterCommands.Create(terminal),
            SessionCommands.Login(terminal),
            SessionCommands.Logout(terminal),
            SessionCommands.WhoAmI(terminal),
            UserCommands.Create(terminal),
            TokenCommands.Create(terminal),
            AuditCommand.Create(terminal),
            ImportCommand.Create(terminal),
            DoctorCommand.Create(terminal),
            ExecutorCommand.Create(terminal),
        };
    }

    private static async Task<int> GuardAsync(Invocation invocation, Func<Invocation, Task<int>> work)
    {
        using (invocation)
        {
            TextWriter error = invocation.Terminal.Error;
            try
            {
                return await work(invocation);
            }
            catch (CliException e)
            {
                await error.WriteLineAsync($"elasticjob: {e.Message}");
                foreach (string detail in e.Details)
                {
                    await error.WriteLineAsync($"  {detail}");
                }

                return e.ExitCode;
            }
            catch (OperationCanceledException) when (invocation.Cancellation.IsCancellationRequested)
            {
                return ExitCode.Refused;
            }
            catch (IOException e) when (e.Message.Contains("Broken pipe", StringComparison.OrdinalIgnoreCase))
            {
                // 'elasticjob job list | head' closes the pipe early; that is not a failure of ours.
                return ExitCode.Done;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                await error.WriteLineAsync($"elasticjob: {e.Message}");
                return ExitCode.Refused;
            }
#pragma warning disable CA1031 // The promise is "no stack traces": whatever it is, it ends here as one line.
            catch (Exception e)
#pragma warning restore CA1031
            {
                await error.WriteLineAsync($"elasticjob: this should not have happened ({e.GetType().Name}: {e.Message}). Please report it; ELASTICJOB_TRACE=1 shows more.");
                if (invocation.Terminal.Variable("ELASTICJOB_TRACE") == "1")
                {
                    await error.WriteLineAsync(e.ToString());
                }

                return ExitCode.Refused;
            }
        }
    }

    private static string Path(System.CommandLine.Parsing.CommandResult command)
    {
        var names = new List<string>();
        for (System.CommandLine.Parsing.SymbolResult? at = command; at is not null; at = at.Parent)
        {
            if (at is System.CommandLine.Parsing.CommandResult { Command: { } named })
            {
                names.Insert(0, named is RootCommand ? "elasticjob" : named.Name);
            }
        }

        return string.Join(' ', names);
    }
}
