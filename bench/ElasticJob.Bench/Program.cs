using ElasticJob.Bench;
using ElasticJob.Bench.Api;
using ElasticJob.Bench.Events;
using ElasticJob.Bench.Takeover;

if (Environment.GetEnvironmentVariable("MESOS_AGENT_ENDPOINT") is not null)
{
    // Started by an agent: this program is the app whose shards are measured.
    return await MeasuredApp.RunAsync(args);
}

if (args is ["zookeeper"])
{
    using var tenMinutes = new CancellationTokenSource(TimeSpan.FromMinutes(10), TimeProvider.System);
    var figures = new Table(TimeProvider.System);
    await ElasticJob.Bench.ZooKeeper.ZooKeeperBench.RunAsync(figures, tenMinutes.Token);
    figures.Print();
    return 0;
}

if (args is [StreamBench.FollowersCommand, { } address])
{
    await StreamBench.FollowAsync(new Uri(address));
    return 0;
}

if (args is not [] and not ["quick"] and not ["quick", "--core"] and not ["events"] and not ["api"] and not ["api", _] and not ["takeover"] and not ["takeover", _])
{
    Console.Error.WriteLine("""
        usage: bench quick [--core]     the main path (--core: only what needs no processes)
               bench events             the event store: writing into PostgreSQL and SQLite
               bench takeover [TIMES]   how long nobody leads after kill -9 and SIGTERM, with 10,000 jobs and 50,000 running tasks
               bench api [RUNS]         lists of the API over a long history (1,000,000 runs) and followers of the events
               bench zookeeper          the ZooKeeper client and the state store: load, commits, requests, sizes
        """);
    return 2;
}

using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5), TimeProvider.System);
var table = new Table(TimeProvider.System);
if (args is ["events"])
{
    await EventWriteBench.RunAsync(table, patience.Token);
    table.Print();
    return 0;
}

if (args is ["takeover", ..])
{
    using var longPatience = new CancellationTokenSource(TimeSpan.FromMinutes(15), TimeProvider.System);
    await TakeoverBench.RunAsync(
        table, jobs: 10_000, args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 3, longPatience.Token);
    table.Print();
    return 0;
}

if (args is ["api", ..])
{
    using var longPatience = new CancellationTokenSource(TimeSpan.FromMinutes(30), TimeProvider.System);
    await ApiBench.RunAsync(table, args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 1_000_000, longPatience.Token);
    table.Print();
    return 0;
}

CronBench.Run(table);
CoreBench.Run(table);
if (!args.Contains("--core"))
{
    DiskBench.Run(table, "before");
    await PlatformBench.RunAsync(table, patience.Token);
    DiskBench.Run(table, "after");
}

table.Print();
return 0;
