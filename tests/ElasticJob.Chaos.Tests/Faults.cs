using ElasticJob.Chaos.Processes;
using ElasticJob.ZooKeeper.Tests.Server;

namespace ElasticJob.Chaos;

/// <summary>What befalls the installation: one fault after the other, each mended by itself after a while, so that they overlap.</summary>
internal sealed class Faults(Installation installation, ChaosOptions options, Action<string> tell)
{
    private readonly Random random = new(options.Seed);
    private readonly HashSet<SchedulerProcess> ill = [];
    private readonly List<Task> mending = [];
    private ZooKeeperServer? downServer;

    public Dictionary<string, int> Counts { get; } = [];

    public async Task BefallAsync(CancellationToken cancellationToken)
    {
        long from = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(from) < options.Length)
        {
            await Task.Delay(Between(1_500, 5_000), TimeProvider.System, cancellationToken);
            await OneAsync(cancellationToken);
        }
    }

    /// <summary>Waits until everything is mended, and everybody is up.</summary>
    public async Task MendAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(mending);
        foreach (SchedulerProcess scheduler in installation.Schedulers.Where(s => !s.Process.Runs))
        {
            scheduler.Process.Start();
        }

        await installation.UntilAsync(
            "api/v1/cluster/status", s => (bool?)s["connected"] == true && s["members"]!.AsArray().Count == options.Schedulers, options.Patience, cancellationToken);
    }

    private async Task OneAsync(CancellationToken cancellationToken)
    {
        // At least one scheduler is left alone, and of three ZooKeeper servers two.
        int kind = random.Next(10);
        int whom = random.Next(100);
        TimeSpan a = Between(500, 3_000);
        TimeSpan longer = options.Session * (1.5 + random.NextDouble());
        if (kind < 2)
        {
            if (downServer is null)
            {
                Befall(kind == 0 ? "ZooKeeper leader killed" : "ZooKeeper server stopped", ServerAsync(kind == 0, a, cancellationToken));
            }

            return;
        }

        SchedulerProcess? scheduler = await WhoAsync(whom, cancellationToken);
        if (scheduler is null || ill.Count >= options.Schedulers - 1 || !ill.Add(scheduler))
        {
            return;
        }

        (string name, Task mended) = kind switch
        {
            < 5 => ("kill -9", KilledAsync(scheduler, a, cancellationToken)),
            < 7 => ("SIGSTOP beyond the session", FrozenAsync(scheduler, longer, cancellationToken)),
            7 => ("cut off beyond the session", CutOffAsync(scheduler, longer, cancellationToken)),
            8 => ("cut off for a moment", CutOffAsync(scheduler, options.Session / 4, cancellationToken)),
            _ => ("SIGTERM", EndedAsync(scheduler, a, cancellationToken)),
        };
        Befall($"{name}", mended, scheduler.Name);
    }

    private void Befall(string name, Task mended, string? whom = null)
    {
        Counts[name] = Counts.GetValueOrDefault(name) + 1;
        tell($"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {name}{(whom is null ? "" : $": {whom}")}");
        mending.Add(mended);
    }

    /// <summary>Mostly the one that leads: there it hurts.</summary>
    private async Task<SchedulerProcess?> WhoAsync(int whom, CancellationToken cancellationToken)
    {
        SchedulerProcess[] well = [.. installation.Schedulers.Where(s => !ill.Contains(s))];
        if (whom < 70 && (string?)(await installation.AskAsync("api/v1/cluster/status", cancellationToken))?["leader"] is { } leader)
        {
            return well.FirstOrDefault(s => s.Name == leader);
        }

        return well.Length == 0 ? null : well[whom % well.Length];
    }

    private async Task KilledAsync(SchedulerProcess scheduler, TimeSpan away, CancellationToken cancellationToken)
    {
        await scheduler.Process.KillAsync();
        await Task.Delay(away, TimeProvider.System, cancellationToken);
        scheduler.Process.Start();
        ill.Remove(scheduler);
    }

    private async Task EndedAsync(SchedulerProcess scheduler, TimeSpan away, CancellationToken cancellationToken)
    {
        if (!await scheduler.Process.EndAsync())
        {
            throw new TimeoutException($"{scheduler.Name} did not end after SIGTERM.");
        }

        await Task.Delay(away, TimeProvider.System, cancellationToken);
        scheduler.Process.Start();
        ill.Remove(scheduler);
    }

    private async Task FrozenAsync(SchedulerProcess scheduler, TimeSpan away, CancellationToken cancellationToken)
    {
        scheduler.Process.Signal(Signals.Stop);
        await Task.Delay(away, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        scheduler.Process.Signal(Signals.Continue);
        ill.Remove(scheduler);
    }

    private async Task CutOffAsync(SchedulerProcess scheduler, TimeSpan away, CancellationToken cancellationToken)
    {
        scheduler.CutOff();
        await Task.Delay(away, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        scheduler.Mend();
        ill.Remove(scheduler);
    }

    private async Task ServerAsync(bool leader, TimeSpan away, CancellationToken cancellationToken)
    {
        ZooKeeperServer server = leader
            ? await installation.ZooKeeper.LeaderAsync(cancellationToken)
            : installation.ZooKeeper.Servers[random.Next(installation.ZooKeeper.Servers.Count)];
        downServer = server;
        await server.KillAsync();
        await Task.Delay(away, TimeProvider.System, cancellationToken);
        await server.StartAsync(cancellationToken);
        await ZooKeeperServer.WaitForServiceAsync([server], cancellationToken);
        downServer = null;
    }

    private TimeSpan Between(int least, int most) => TimeSpan.FromMilliseconds(random.Next(least, most));
}
