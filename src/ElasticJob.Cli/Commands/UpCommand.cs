using System.CommandLine;
using ElasticJob.Cli.Platform;
using ElasticJob.Cli.Terminals;
using ElasticJob.Scheduler.Hosting;

namespace ElasticJob.Cli.Commands;

/// <summary><c>elasticjob up</c>: everything on one machine.</summary>
internal static class UpCommand
{
    public static Command Create(Terminal terminal)
    {
        var port = new Option<int>("--port") { Description = "Port of the API; 0 takes a free one.", HelpName = "PORT", DefaultValueFactory = _ => 8899 };
        var examples = new Option<bool>("--examples") { Description = "Registers the example apps and jobs." };
        var containers = new Option<string>("--containers") { Description = "Whether executors run in containers: auto, off or containerd.", HelpName = "auto|off|containerd", DefaultValueFactory = _ => "auto" };
        port.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && (!int.TryParse(result.Tokens[0].Value, out int n) || n is < 0 or > 65535))
            {
                result.AddError($"--port: '{result.Tokens[0].Value}' is not a port; use a number from 0 to 65535");
            }
        });
        containers.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.Tokens[0].Value is not ("auto" or "off" or "containerd"))
            {
                result.AddError($"--containers: '{result.Tokens[0].Value}' is not known; use auto, off or containerd");
            }
        });
        var up = new Command("up", "Everything on this machine: local cluster, scheduler and API. Ctrl+C ends all of it.") { port, examples, containers };
        var tls = new TlsFlags();
        tls.AddTo(up);
        up.Does(terminal, call =>
        {
            var faults = new List<string>();
            TlsOptions? https = SchedulerConfig.ReadTls(tls.Section(call), terminal.WorkingDirectory, faults);
            if (faults.Count > 0)
            {
                throw CliException.Refused("The API cannot speak HTTPS:", faults);
            }

            string wish = call.Get(containers)!;
            return wish == "containerd"
                ? throw CliException.Refused("--containers containerd: executors cannot run in containers yet. Use --containers off; they run as processes of this user.")
                : new LocalPlatform(call, call.Get(port), call.Get(examples), wish, https).RunAsync();
        });
        return up;
    }
}
