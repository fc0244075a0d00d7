using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Cli.Platform;
using ElasticJob.Cli.Server;
using ElasticJob.Cli.Terminals;
using ElasticJob.Scheduler.Cluster;
using ElasticJob.Scheduler.Hosting;

namespace ElasticJob.Cli.Commands;

/// <summary><c>elasticjob scheduler --config FILE</c>: the scheduler alone, against a given master.</summary>
internal static class SchedulerCommand
{
    public static Command Create(Terminal terminal)
    {
        var config = new Option<string>("--config") { Description = "Configuration, as config/scheduler.json.", HelpName = "FILE", Required = true };
        var masters = new Option<string?>("--masters") { Description = "Where the Mesos masters are, instead of what the configuration says: http://m1:5050,m2:5050 or zk://zk1:2181,zk2:2181/mesos.", HelpName = "ADDRESSES" };
        masters.Validators.Add(result =>
        {
            try
            {
                _ = result.Tokens.Count > 0 ? MasterAddresses.Parse(result.Tokens[0].Value) : null;
            }
            catch (FormatException e)
            {
                result.AddError($"--masters: {e.Message}");
            }
        });
        var command = new Command("scheduler", "The scheduler alone, against a given Mesos master.") { config, masters };
        var tls = new TlsFlags();
        tls.AddTo(command);
        command.Does(terminal, async call =>
        {
            SchedulerConfig settings = SchedulerConfig.Read(Path.GetFullPath(call.Get(config)!, terminal.WorkingDirectory), terminal.Time, tls.Section(call));
            settings = call.Get(masters) is { } given ? settings with { Masters = MasterAddresses.Parse(given) } : settings;
            var data = new DataFolder(settings.DataDirectory);
            PortUse.Demand(settings.Port);
            using DataFolderLock owner = DataFolderLock.Take(data);
            using var signals = new EndSignals(obey: true);
            await using SchedulerPart scheduler = await SchedulerPart.StartAsync(data, settings, null, terminal.Time, terminal.Error, TellLink, call.Cancellation);
            owner.Announce(scheduler.Address);
            terminal.Out.WriteLine($"The scheduler listens on {scheduler.Address.AbsoluteUri.TrimEnd('/')} and uses the master {settings.Masters}. Ctrl+C ends it.");
            if (scheduler.SignInLink is { } link)
            {
                TellLink(link);
            }

            return await Task.WhenAny(signals.First, scheduler.Completion) != scheduler.Completion
                ? ExitCode.Done
                : throw CliException.Refused(
                    scheduler.Completion.Exception?.InnerException?.Message ?? $"The scheduler has ended by itself; its log {SchedulerPart.LogOf(data)} may say why.");

            void TellLink(Uri link) => terminal.Out.WriteLine($"There is no user yet. Sign in, once and within the hour: {link.AbsoluteUri}");
        });
        return command;
    }
}
