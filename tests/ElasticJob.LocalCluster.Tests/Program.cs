using System.Globalization;

namespace ElasticJob.Local.Tests;

/// <summary>
/// Runs the tests — or, as <c>cluster WORK_DIRECTORY PORT</c>, a cluster alone in this process until it is killed or its input ends.
/// </summary>
public static class Program
{
    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is not ["cluster", var directory, var port])
        {
            return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(arguments);
        }

        await using LocalCluster cluster = await LocalCluster.StartAsync(new LocalClusterOptions
        {
            WorkDirectory = directory,
            MasterPort = int.Parse(port, CultureInfo.InvariantCulture),
            AgentResources = new AgentResources(8, 4096, 4096),
        });
        Console.WriteLine(cluster.MasterAddress);
        await Console.In.ReadToEndAsync();
        return 0;
    }
}
