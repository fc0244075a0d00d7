using ElasticJob.Mesos.Http;

namespace ElasticJob.Mesos.SchedulerApi;

/// <summary>Where the masters are and how to speak to them.</summary>
public sealed record SchedulerConnectionOptions
{
    /// <summary>Addresses of the masters, such as <c>http://10.0.0.1:5050</c>; at least one, unless <see cref="Directory"/> knows. A master that does not lead names the leader.</summary>
    public IReadOnlyList<Uri> Masters { get; init; } = [];

    /// <summary>Knows which master leads; asked before each subscription. None by default: <see cref="Masters"/> are tried.</summary>
    public IMasterDirectory? Directory { get; init; }

    /// <summary>For masters that ask for HTTP Basic; none by default.</summary>
    public MesosCredential? Credential { get; init; }

    /// <summary>How long a call may take until its answer; 30 seconds by default.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many heartbeat intervals may pass in silence; 5 by default.</summary>
    public int MissedHeartbeats { get; init; } = 5;

    /// <summary>Reads a list of masters as operators write it: <c>host:5050,http://other:5050</c>.</summary>
    /// <exception cref="FormatException">An entry is not an address.</exception>
    public static IReadOnlyList<Uri> ParseMasters(string list)
    {
        var masters = new List<Uri>();
        foreach (string entry in list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string address = entry.Contains("://", StringComparison.Ordinal) ? entry : $"http://{entry}";
            if (!Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0)
            {
                throw new FormatException($"'{entry}' is not the address of a master; write host:port or http://host:port.");
            }

            masters.Add(uri.IsDefaultPort && !HasPort(address) ? new UriBuilder(uri) { Port = 5050 }.Uri : uri);
        }

        return masters.Count > 0 ? masters : throw new FormatException("The list of masters is empty; write host:port, separated by commas.");
    }

    private static bool HasPort(string address)
    {
        string authority = address[(address.IndexOf("://", StringComparison.Ordinal) + 3)..].Split('/')[0];
        return authority[(authority.LastIndexOf(']') + 1)..].Contains(':');
    }
}
