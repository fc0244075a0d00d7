using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Scheduler.Cluster;
using ElasticJob.Scheduler.Hosting;
using ElasticJob.Scheduler.Observability;
using ElasticJob.ZooKeeper;

namespace ElasticJob.Cli.Platform;

/// <summary>What config/scheduler.json holds.</summary>
internal sealed record SchedulerConfig
{
    private const int DefaultPort = 8899;

    private static readonly string[] Keys = ["dataDirectory", "port", "listen", "allowedHosts", "tls", "allowInsecure", "instance", "address", "master", "user", "role", "zookeeper", "events", "traces"];

    /// <summary>The folder for secrets, packages and logs, and for state and events where no server keeps them.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Port of the API.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>Address on which the API listens.</summary>
    public IPAddress Listen { get; init; } = IPAddress.Loopback;

    /// <summary>Further host names under which the API may be called.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Certificate and key of the API; absent: HTTP.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary>Whether the API may listen without TLS where other machines reach it.</summary>
    public bool AllowInsecure { get; init; }

    /// <summary>Name of this scheduler among its fellows.</summary>
    public string? Instance { get; init; }

    /// <summary>Where its fellows reach this scheduler's API.</summary>
    public Uri? Address { get; init; }

    /// <summary>Where the Mesos masters are.</summary>
    public required MasterAddresses Masters { get; init; }

    /// <summary>User of the agents' machines that executors run as.</summary>
    public string User { get; init; } = Environment.UserName is { Length: > 0 } name ? name : "nobody";

    /// <summary>Role in the cluster whose resources are used.</summary>
    public string Role { get; init; } = FrameworkNames.DefaultRole;

    /// <summary>Where state and leadership are kept; null for this machine alone.</summary>
    public ZooKeeperOptions? ZooKeeper { get; init; }

    /// <summary>Name of the cluster that its place in ZooKeeper is marked with; null: it is known by its masters.</summary>
    public string? Cluster { get; init; }

    /// <summary>Where events go.</summary>
    public EventOptions Events { get; init; } = new();

    /// <summary>Where traces go; where OpenTelemetry's variables say by default.</summary>
    public TraceOptions Traces { get; init; } = TraceOptions.FromEnvironment(Environment.GetEnvironmentVariable);

    /// <summary>Reads a configuration; refuses it whole, with all its faults.</summary>
    /// <param name="file">The file.</param>
    /// <param name="time">The clock.</param>
    /// <param name="tls">What stands in place of its member <c>tls</c>, if anything does.</param>
    public static SchedulerConfig Read(string file, TimeProvider time, JsonObject? tls = null)
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

        if (tls is not null && json is JsonObject settings)
        {
            settings["tls"] = tls;
        }

        var faults = new List<string>();
        SchedulerConfig? config = Read(json, Path.GetDirectoryName(file)!, time, faults);
        return config is not null && faults.Count == 0 ? config : throw CliException.Refused($"{file} has faults:", faults);
    }

    /// <param name="json">The configuration.</param>
    /// <param name="folder">The folder from which relative paths count.</param>
    /// <param name="time">The clock.</param>
    /// <param name="faults">Takes what is wrong, each with its path.</param>
    /// <returns>Null after a fault.</returns>
    internal static SchedulerConfig? Read(JsonNode? json, string folder, TimeProvider time, List<string> faults)
    {
        faults.AddRange((json as JsonObject ?? []).Select(m => m.Key).Where(k => !Keys.Contains(k)).Select(k => $"{k}: is not known; known are {string.Join(", ", Keys)}"));
        string? data = json.Text("dataDirectory");
        if (string.IsNullOrWhiteSpace(data))
        {
            faults.Add("dataDirectory: is missing; the folder for state and events");
        }

        long port = json.Member("port") is null ? DefaultPort : json.Number("port") ?? -1;
        if (port is < 0 or > 65535)
        {
            faults.Add("port: must be a number from 0 to 65535");
        }

        IPAddress? listen = IPAddress.Loopback;
        if (json.Member("listen") is not null && !IPAddress.TryParse(json.Text("listen"), out listen))
        {
            faults.Add("listen: must be an IP address of this machine, such as 10.0.0.11, or 0.0.0.0 for all; without it the API is for this machine alone");
        }

        TlsOptions? tls = ReadTls(json.Member("tls"), folder, faults);
        bool insecure = json.Flag("allowInsecure") ?? false;
        if (json.Member("allowInsecure") is not null && json.Flag("allowInsecure") is null)
        {
            faults.Add("allowInsecure: must be true or false");
        }

        if (listen is not null && !IPAddress.IsLoopback(listen) && json.Member("tls") is null && !insecure)
        {
            faults.Add($"tls: is missing; on {listen} passwords and tokens would cross the network for anybody to read. Give tls.certificate and tls.key, or say \"allowInsecure\": true if something in front of it does TLS");
        }

        MasterAddresses? masters = null;
        try
        {
            masters = MasterAddresses.Parse(json.Text("master") ?? "");
        }
        catch (FormatException e)
        {
            faults.Add($"master: must be where the Mesos masters are, such as http://127.0.0.1:5050, or zk://zk1:2181,zk2:2181/mesos: {e.Message}");
        }

        Uri? address = Http(json.Text("address"));
        if (json.Member("address") is not null && address is null)
        {
            faults.Add("address: must be the address under which the other schedulers reach this one, such as http://10.0.0.11:8899");
        }

        EventOptions events = EventSettings.Read(json.Member("events"), folder, faults);
        ZooKeeperOptions? zooKeeper = ZooKeeperSettings.Read(json.Member("zookeeper"), folder, time, faults);
        if (json.Member("zookeeper") is not null && json.Member("events").Member("postgres") is null && events.Sqlite is not true)
        {
            faults.Add("events.postgres: is missing; schedulers that share the lead must share the events too (with one scheduler alone, events.sqlite: true will do)");
        }

        TraceOptions traces = TraceSettings.Read(json.Member("traces"), faults);
        string? instance = InstanceName(json, faults);
        string user = Name(json, "user", Environment.UserName, FrameworkNames.UserFault, "must be the user of the agents' machines that executors run as, such as jobs", faults);
        string role = Name(json, "role", FrameworkNames.DefaultRole, FrameworkNames.RoleFault, "must be the role in the cluster whose resources are used, such as elasticjob", faults);
        IReadOnlyList<string> hosts = Hosts(json.Member("allowedHosts"), faults);
        return faults.Count > 0 ? null : new SchedulerConfig
        {
            DataDirectory = Path.GetFullPath(data!, folder),
            Port = (int)port,
            Listen = listen!,
            AllowedHosts = hosts,
            Tls = tls,
            AllowInsecure = insecure,
            Instance = instance,
            Address = address,
            Masters = masters!,
            User = user,
            Role = role,
            ZooKeeper = zooKeeper,
            Cluster = json.Member("zookeeper").Text("cluster"),
            Events = events,
            Traces = traces,
        };
    }

    /// <param name="section">The member <c>tls</c>; may be absent.</param>
    /// <param name="folder">The folder from which relative paths count.</param>
    /// <param name="faults">Takes what is wrong, each with its path.</param>
    internal static TlsOptions? ReadTls(JsonNode? section, string folder, List<string> faults)
    {
        if (section is null)
        {
            return null;
        }

        ConfigSection.Known(section, "tls", ["certificate", "key"], faults);
        string? certificate = section.Text("certificate");
        string? key = section.Text("key");
        foreach ((string name, string? file) in new[] { ("certificate", certificate), ("key", key) })
        {
            if (file is null || !File.Exists(Path.GetFullPath(file, folder)))
            {
                faults.Add($"tls.{name}: must be the path of a PEM file{(file is null ? "" : $"; there is no {Path.GetFullPath(file, folder)}")}");
            }
        }

        return certificate is null || key is null ? null : new TlsOptions(Path.GetFullPath(certificate, folder), Path.GetFullPath(key, folder));
    }

    private static string? InstanceName(JsonNode? json, List<string> faults)
    {
        if (json.Member("instance") is not null && (json.Text("instance") is not { Length: > 0 and <= 100 } name || name.Any(char.IsControl)))
        {
            faults.Add("instance: must be a name of up to 100 characters, another one for each scheduler");
        }

        return json.Text("instance");
    }

    private static string Name(JsonNode? json, string key, string otherwise, Func<string, string?> faultOf, string meaning, List<string> faults)
    {
        JsonNode? given = json.Member(key);
        string? name = given is null ? otherwise : given.GetValueKind() == JsonValueKind.String ? given.GetValue<string>() : null;
        if ((name is null ? "it is no text" : faultOf(name)) is { } fault)
        {
            faults.Add($"{key}: {meaning}: {fault}");
        }

        return name ?? "";
    }

    private static IReadOnlyList<string> Hosts(JsonNode? list, List<string> faults)
    {
        switch (list)
        {
            case null:
                return [];
            case JsonArray names when names.All(n => n is JsonValue value && value.GetValueKind() == JsonValueKind.String):
                return [.. names.Select(n => n!.GetValue<string>())];
            default:
                faults.Add("allowedHosts: must be a list of host names under which the API may be called");
                return [];
        }
    }

    private static Uri? Http(string? text) => Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address.Scheme is ("http" or "https") ? address : null;
}
