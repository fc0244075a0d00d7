using System.CommandLine;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Platform;

namespace ElasticJob.Cli.Commands;

/// <summary><c>--tls-certificate</c> and <c>--tls-key</c>: what <c>tls</c> is in a configuration.</summary>
internal sealed class TlsFlags
{
    private readonly Option<string> certificate = new("--tls-certificate") { Description = "The API speaks HTTPS with this certificate, a PEM file with its chain.", HelpName = "FILE" };
    private readonly Option<string> key = new("--tls-key") { Description = "The certificate's private key, a PEM file, not encrypted.", HelpName = "FILE" };

    public void AddTo(Command command)
    {
        command.Options.Add(certificate);
        command.Options.Add(key);
        command.Validators.Add(result =>
        {
            if (result.GetResult(certificate) is null != result.GetResult(key) is null)
            {
                result.AddError("--tls-certificate and --tls-key go together: give both files, or none");
            }
        });
    }

    /// <summary>The two as the configuration has them; null when they are not given.</summary>
    public JsonObject? Section(Invocation call) => call.Get(certificate) is { } file && call.Get(key) is { } secret
        ? new JsonObject { ["certificate"] = Path.GetFullPath(file, call.Terminal.WorkingDirectory), ["key"] = Path.GetFullPath(secret, call.Terminal.WorkingDirectory) }
        : null;
}
