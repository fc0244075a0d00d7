using System.CommandLine;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Cli.Platform;
using ElasticJob.Cli.Server;
using ElasticJob.Cli.Terminals;
using ElasticJob.Local;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Cli.Commands;

/// <summary><c>elasticjob local-cluster</c>: only the stand-in for Mesos.</summary>
internal static class LocalClusterCommand
{
    public static Command Create(Terminal terminal)
    {
        var port = new Option<int>("--port") { Description = "Port of the master; 0 takes a free one.", HelpName = "PORT", DefaultValueFactory = _ => 5050 };
        var agents = new Option<int>("--agents") { Description = "How many agents.", HelpName = "N", DefaultValueFactory = _ => 1 };
        var child = new Option<bool>("--child") { Description = "Tied to the process that holds the standard input.", Hidden = true };
        var faults = new Option<int?>("--fault-port") { Description = "For tests: takes orders to break things on this loopback port; 0 takes a free one.", HelpName = "PORT", Hidden = true };
        agents.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && (!int.TryParse(result.Tokens[0].Value, out int n) || n is < 1 or > 100))
            {
                result.AddError($"--agents: '{result.Tokens[0].Value}' is not a number from 1 to 100");
            }
        });
        var command = new Command("local-cluster", "Only the local cluster: a master and agents on this machine that speak the Mesos v1 API.") { port, agents, child, faults };
        command.Does(terminal, call => RunAsync(call, call.Get(port), call.Get(agents), call.Get(child), call.Get(faults)));
        return command;
    }

    private static async Task<int> RunAsync(Invocation call, int port, int agents, bool child, int? faults)
    {
        DataFolder data = call.Data;
        data.Create();
        if (child)
        {
            ParentWatch.LeaveProcessGroup();
        }

        PortUse.Demand(port);
        string log = child ? LocalClusterProcess.LogOf(data) : "the terminal";
        using ILoggerFactory logs = LoggerFactory.Create(logging =>
        {
            logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning);
            logging.AddProvider(child ? new FileLogs(log, call.Terminal.Time) : new FileLogs(call.Terminal.Error, call.Terminal.Time));
        });

        // A child ends with its parent; the signals of a terminal are for the parent.
        using var signals = new EndSignals(obey: !child);
        await using LocalCluster cluster = await LocalCluster.StartAsync(
            new LocalClusterOptions
            {
                WorkDirectory = data.Cluster,
                ListenAddress = IPAddress.Loopback,
                MasterPort = port,
                AgentCount = agents,
                Credentials = child && call.Terminal.Variable(LocalClusterProcess.SecretVariable) is { Length: > 0 } secret
                    ? [new ClusterCredential(LocalClusterProcess.Principal, secret)]
                    : [],
                FaultPort = faults,
                LoggerFactory = logs,
                Time = call.Terminal.Time,
            },
            call.Cancellation);
        if (child)
        {
            await call.Terminal.Out.WriteLineAsync(new JsonObject { ["master"] = cluster.MasterAddress.AbsoluteUri }.ToJsonString(Json.Relaxed));
            await call.Terminal.Out.FlushAsync(CancellationToken.None);
            await ParentWatch.ParentGoneAsync(CancellationToken.None);
            return ExitCode.Done;
        }

        call.Terminal.Out.WriteLine($"The local cluster listens on {cluster.MasterAddress.AbsoluteUri.TrimEnd('/')}, with {Report.Count(agents, "agent", "agents")}. Ctrl+C ends it.");
        if (cluster.FaultAddress is { } orders)
        {
            call.Terminal.Out.WriteLine($"Orders to break things are taken at {orders.AbsoluteUri.TrimEnd('/')}.");
        }

        await signals.First;
        return ExitCode.Done;
    }
}
