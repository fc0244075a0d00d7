using ElasticJob.Cli.Terminals;

namespace ElasticJob.Cli.Server;

/// <summary>Which scheduler is asked, and with which token.</summary>
internal sealed record ServerAddress(Uri Address, string? Token)
{
    /// <summary>The session that <c>elasticjob login</c> began with this scheduler.</summary>
    public StoredSession? Session { get; init; }

    public const string Default = "http://127.0.0.1:8899";

    /// <summary>
    /// Address: <c>--server</c>, then ELASTICJOB_SERVER, then the platform that runs in the data folder, then the usual one. Token: ELASTICJOB_TOKEN, then the
    /// session that <c>elasticjob login</c> began there, then the file that the local platform wrote. That file is read for loopback addresses only: the key of this machine is not sent to another one.
    /// </summary>
    public static ServerAddress Of(string? option, DataFolder data, Terminal terminal)
    {
        string text = option ?? NonEmpty(terminal.Variable("ELASTICJOB_SERVER")) ?? data.ReadAddress() ?? Default;
        string origin = option is not null ? "--server" : "ELASTICJOB_SERVER";
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
        {
            throw CliException.Usage($"{origin}: '{text}' is not an address; write it like {Default}");
        }

        var server = new Uri(address.AbsoluteUri.TrimEnd('/') + "/");
        if (NonEmpty(terminal.Variable("ELASTICJOB_TOKEN")) is { } token)
        {
            return new ServerAddress(server, token);
        }

        return StoredSession.Read(server, terminal) is { } session
            ? new ServerAddress(server, null) { Session = session }
            : new ServerAddress(server, server.IsLoopback ? data.ReadToken() : null);
    }

    private static string? NonEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
