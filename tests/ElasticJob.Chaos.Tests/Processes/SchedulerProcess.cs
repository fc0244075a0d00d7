using System.Text.Json.Nodes;
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
            },
            ["events"] = new JsonObject { ["postgres"] = new JsonObject { ["connectionString"] = new JsonObject { ["fromFile"] = events } } },
        }.ToJsonString());
        Process = new ProductProcess(Path.Combine(folder, $"{name}.log"), "scheduler", "--config", config);
    }

    public string Name { get; }

    public Uri Address { get; }

    public ProductProcess Process { get; }

    public IReadOnlyList<Relay> Relays { get; }

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
        foreach (Relay relay in Relays)
        {
            await relay.DisposeAsync();
        }
    }
}
