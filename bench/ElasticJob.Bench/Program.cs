using ElasticJob.Bench;

if (Environment.GetEnvironmentVariable("MESOS_AGENT_ENDPOINT") is not null)
{
    // Started by an agent: this program is the app whose shards are measured.
    return await MeasuredApp.RunAsync(args);
}

if (args is not [] and not ["quick"] and not ["quick", "--core"])
{
    Console.Error.WriteLine("usage: bench quick [--core]     (--core: only what needs no processes)");
    return 2;
}

using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5), TimeProvider.System);
var table = new Table(TimeProvider.System);
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
