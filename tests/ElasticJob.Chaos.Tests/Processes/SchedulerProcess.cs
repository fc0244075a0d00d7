using System.Text.Json.Nodes;
using ElasticJob.EndToEnd.Tests.Faults;
using ElasticJob.ZooKeeper.Tests.Server;

namespace ElasticJob.Chaos.Processes;

/// <summary>One scheduler with its configuration, its data folder and its ways to ZooKeeper.</summary>
internal sealed class SchedulerProcess : IAsyncDisposable
{
    public SchedulerProcess(string name, string folder, int port, int master, string events, string token, TimeSpan session, IReadOnlyList<Relay> relays)
    {
        Name = name;
        Relays = relays;
        Address = new Uri($"http://127.0.0.1:{port}/");
        string data = Path.Combine(folder, name);
        LogFile = Path.Combine(data, "logs", "scheduler.log");
        string secrets = Path.Combine(data, "secrets");
        Directory.CreateDirectory(secrets);
        File.WriteAllText(Path.Combine(secrets, "api-token"), token);
        string config = Path.Combine(folder, $"{name}.json");
        File.WriteAllText(config, new JsonObject
        {
            ["dataDirectory"] = data,
            ["port"] = port,
            ["instance"] = name,
            ["master"] = $"http://127.0.0.1:{master}",
            ["zookeeper"] = new JsonObject
            {
                ["connect"] = $"{string.Join(',', relays.Select(r => r.Address))}/chaos",
                ["sessionTimeout"] = $"{session.TotalMilliseconds}ms",

                // Each may reach the master at an address of its own.
                ["cluster"] = "chaos",
            },
            ["events"] = new JsonObject { ["postgres"] = new JsonObject { ["connectionString"] = new JsonObject { ["fromFile"] = events } } },
        }.ToJsonString());
        Process = new ProductProcess(Path.Combine(folder, $"{name}.log"), "scheduler", "--config", config);
    }

    public string Name { get; }

    public Uri Address { get; }

    /// <summary>Sees its calls, if they are witnessed.</summary>
    public MasterProxy? Calls { get; init; }

    private string LogFile { get; }

    public ProductProcess Process { get; }

    public IReadOnlyList<Relay> Relays { get; }

    /// <summary>What its log says so far.</summary>
    public string Log() => File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";

    public void CutOff()
    {
        foreach (Relay relay in Relays)
        {
            relay.Cut();
        }
    }

    public void Mend()
    {
        foreach (Relay relay in Relays)
        {
            relay.Mend();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        if (Calls is not null)
        {
            await Calls.DisposeAsync();
        }

        foreach (Relay relay in Relays)
        {
            await relay.DisposeAsync();
        }
    }
}
