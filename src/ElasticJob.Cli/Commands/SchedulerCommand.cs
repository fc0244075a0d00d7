using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Cli.Platform;
using ElasticJob.Cli.Server;
using ElasticJob.Cli.Terminals;
using ElasticJob.Scheduler.Hosting;

namespace ElasticJob.Cli.Commands;

/// <summary><c>elasticjob scheduler --config FILE</c>: the scheduler alone, against a given master.</summary>
internal static class SchedulerCommand
{
    public static Command Create(Terminal terminal)
    {
        var config = new Option<string>("--config") { Description = "Configuration, as config/scheduler.json.", HelpName = "FILE", Required = true };
        var command = new Command("scheduler", "The scheduler alone, against a given Mesos master.") { config };
        command.Does(terminal, async call =>
        {
            SchedulerConfig settings = SchedulerConfig.Read(Path.GetFullPath(call.Get(config)!, terminal.WorkingDirectory));
            var data = new DataFolder(settings.DataDirectory);
            PortUse.Demand(settings.Port);
            using DataFolderLock owner = DataFolderLock.Take(data);
            using var signals = new EndSignals(obey: true);
            await using SchedulerPart scheduler = await SchedulerPart.StartAsync(data, settings.Port, settings.Master, null, settings.Events, terminal.Time, terminal.Error, call.Cancellation);
            owner.Announce(scheduler.Address);
            terminal.Out.WriteLine($"The scheduler listens on {scheduler.Address.AbsoluteUri.TrimEnd('/')} and uses the master {settings.Master.AbsoluteUri.TrimEnd('/')}. Ctrl+C ends it.");
            await signals.First;
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>What config/scheduler.json holds.</summary>
    internal sealed record SchedulerConfig(string DataDirectory, int Port, Uri Master, EventOptions Events)
    {
        private static readonly string[] Keys = ["dataDirectory", "port", "master", "events"];

        public static SchedulerConfig Read(string file)
        {
            JsonNode? json;
            try
            {
                json = JsonNode.Parse(File.ReadAllText(file), null, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            }
            catch (JsonException e)
            {
                throw CliException.Refused($"{file}:{e.LineNumber + 1}: {e.Message}");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw CliException.Refused($"{file} cannot be read: {e.Message}");
            }

            var faults = new List<string>();
            faults.AddRange((json as JsonObject ?? []).Select(m => m.Key).Where(k => !Keys.Contains(k)).Select(k => $"{k}: is not known; known are {string.Join(", ", Keys)}"));
            string? data = json.Text("dataDirectory");
            if (string.IsNullOrWhiteSpace(data))
            {
                faults.Add("dataDirectory: is missing; the folder for state and events");
            }

            long port = json.Member("port") is null ? 8899 : json.Number("port") ?? -1;
            if (port is < 0 or > 65535)
            {
                faults.Add("port: must be a number from 0 to 65535");
            }

            if (!Uri.TryCreate(json.Text("master"), UriKind.Absolute, out Uri? master) || master.Scheme is not ("http" or "https"))
            {
                faults.Add("master: must be the address of the Mesos master, such as http://127.0.0.1:5050");
            }

            EventOptions events = EventSettings.Read(json.Member("events"), Path.GetDirectoryName(file)!, faults);
            return faults.Count == 0
                ? new SchedulerConfig(Path.GetFullPath(data!, Path.GetDirectoryName(file)!), (int)port, master!, events)
                : throw CliException.Refused($"{file} has faults:", faults);
        }
    }
}
