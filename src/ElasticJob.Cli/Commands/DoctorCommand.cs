using System.CommandLine;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Cli.Platform;
using ElasticJob.Cli.Server;
using ElasticJob.Cli.Terminals;
using ElasticJob.Events;
using ElasticJob.Scheduler.Hosting;
using ElasticJob.Scheduler.Leadership;

namespace ElasticJob.Cli.Commands;

/// <summary><c>elasticjob doctor</c>: looks at each thing the platform needs and says what to mend.</summary>
internal static class DoctorCommand
{
    private const long LittleSpace = 512L * 1024 * 1024;

    public static Command Create(Terminal terminal)
    {
        var config = new Option<string>("--config") { Description = "A scheduler's configuration: what it names is checked too.", HelpName = "FILE" };
        var doctor = new Command("doctor", "Checks what the platform needs, and says what to mend.") { config };
        doctor.Does(terminal, async call =>
        {
            var findings = new List<Finding> { System(), Data(call), Space(call), await SchedulerAsync(call), await ClockAsync(call), await ClusterAsync(call) };
            if (call.Get(config) is { } file)
            {
                SchedulerConfig settings = SchedulerConfig.Read(Path.GetFullPath(file, terminal.WorkingDirectory), terminal.Time);
                findings.AddRange(await ZooKeeperAsync(settings, call));
                findings.AddRange(await PostgresAsync(settings, call));
            }

            var json = new JsonArray([.. findings.Select(f => new JsonObject { ["check"] = f.Check, ["good"] = f.Good, ["finding"] = f.Text })]);
            call.Show(json, report => report.Table(["check", "result", "finding"], findings.Select(f => new[] { f.Check, f.Good ? "good" : "fault", f.Text }), ""));
            return findings.All(f => f.Good) ? ExitCode.Done : ExitCode.Refused;
        });
        return doctor;
    }

    private static Finding System() => OperatingSystem.IsLinux()
        ? new Finding("system", true, global::System.Runtime.InteropServices.RuntimeInformation.OSDescription)
        : new Finding("system", false, "The local cluster needs Linux (or WSL). Commands against a scheduler elsewhere work here.");

    private static Finding Data(Invocation call)
    {
        string? folder = call.Data.Path;
        while (folder is not null && !Directory.Exists(folder))
        {
            folder = Path.GetDirectoryName(folder);
        }

        string probe = Path.Combine(folder ?? "/", $".elasticjob-probe-{Environment.ProcessId}");
        try
        {
            File.WriteAllText(probe, "");
            File.Delete(probe);
            return new Finding("data folder", true, call.Data.Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Finding("data folder", false, $"{call.Data.Path} cannot be written ({e.Message}). Mend its rights, or choose another with --data DIR.");
        }
    }

    private static Finding Space(Invocation call)
    {
        try
        {
            long free = new DriveInfo(Path.GetFullPath(call.Data.Path)).AvailableFreeSpace;
            string amount = $"{free / 1024 / 1024:N0} MiB free";
            return free >= LittleSpace ? new Finding("disk", true, amount) : new Finding("disk", false, $"{amount}: less than 512 MiB. Free some space, or choose another folder with --data DIR.");
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return new Finding("disk", false, $"The free space is not known: {e.Message}");
        }
    }

    private static async Task<Finding> SchedulerAsync(Invocation call)
    {
        try
        {
            await call.Api.GetAsync(Routes.Jobs + "?limit=1", call.Cancellation);
            return new Finding("scheduler", true, call.Api.Address.AbsoluteUri.TrimEnd('/'));
        }
        catch (CliException e)
        {
            string who = e.ExitCode == ExitCode.Unreachable && PortUse.OwnerOf(call.Api.Address.Port) is { } owner ? $" The port belongs to {owner}." : "";
            return new Finding("scheduler", false, e.Message + who);
        }
    }

    /// <summary>Due times are decided by the scheduler's clock; a person reads them by this one.</summary>
    private static async Task<Finding> ClockAsync(Invocation call)
    {
        try
        {
            DateTimeOffset? there = await call.Api.ClockAsync(call.Cancellation);
            TimeSpan apart = ((there ?? call.Terminal.Now) - call.Terminal.Now).Duration();
            return apart < TimeSpan.FromSeconds(5)
                ? new Finding("clock", true, there is null ? "the scheduler does not tell its time" : "as the scheduler's")
                : new Finding("clock", false, $"This machine and the scheduler are {Times.Span(apart)} apart. Set both by NTP (timedatectl set-ntp true).");
        }
        catch (CliException)
        {
            return new Finding("clock", false, "cannot be compared: the scheduler does not answer");
        }
    }

    private static async Task<Finding> ClusterAsync(Invocation call)
    {
        try
        {
            JsonNode? status = await call.Api.GetAsync($"{Routes.Cluster}/status", call.Cancellation);
            return status.Flag("connected") == true
                ? new Finding("cluster", true, $"connected as {status.Text("frameworkId")}, {Report.Count(status.Number("agents") ?? 0, "agent", "agents")} known")
                : new Finding("cluster", false, $"not connected: {status.Text("fault") ?? "the reason is not known"}");
        }
        catch (CliException)
        {
            return new Finding("cluster", false, "cannot be asked: the scheduler does not answer");
        }
    }

    private static async Task<IEnumerable<Finding>> ZooKeeperAsync(SchedulerConfig config, Invocation call) => config.ZooKeeper is { } zooKeeper
        ? (await ZooKeeperExamination.RunAsync(zooKeeper, ClusterMark.Of(config.Cluster, config.Masters), call.Terminal.Time, call.Cancellation)).Select(f => new Finding(f.Check, f.Good, f.Text))
        : [];

    private static async Task<IEnumerable<Finding>> PostgresAsync(SchedulerConfig config, Invocation call) => config.Events.Postgres is { } postgres
        ? (await PostgresExamination.RunAsync(postgres, call.Terminal.Time, call.Cancellation)).Select(f => new Finding(f.Check, f.Good, f.Text))
        : [];

    private sealed record Finding(string Check, bool Good, string Text);
}
