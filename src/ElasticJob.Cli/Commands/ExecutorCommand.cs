using System.CommandLine;
using ElasticJob.Cli.Terminals;

namespace ElasticJob.Cli.Commands;

/// <summary><c>elasticjob executor</c>: what an agent starts for apps that have no program of their own, only scripts and HTTP requests.</summary>
internal static class ExecutorCommand
{
    public static Command Create(Terminal terminal)
    {
        var executor = new Command("executor", "Runs script and HTTP jobs under an agent.") { Hidden = true };
        executor.Does(terminal, async call =>
        {
            if (string.IsNullOrEmpty(terminal.Variable("MESOS_AGENT_ENDPOINT")))
            {
                throw CliException.Usage("'executor' is started by an agent, not by hand.");
            }

            return await ElasticJobApplication.CreateBuilder([]).AddOpenTelemetry().Build().RunAsync(call.Cancellation);
        });
        return executor;
    }
}
