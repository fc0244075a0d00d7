namespace ElasticJob.Local.Tests;

/// <summary>A cluster in a temporary directory.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private TestCluster(LocalCluster cluster, string directory)
    {
        Cluster = cluster;
        Directory = directory;
    }

    public LocalCluster Cluster { get; private set; }

    public string Directory { get; }

    public static string NewDirectory() => System.IO.Directory.CreateTempSubdirectory("elasticjob-cluster-").FullName;

    public static async Task<TestCluster> StartAsync(Func<LocalClusterOptions, LocalClusterOptions>? change = null)
    {
        string directory = NewDirectory();
        LocalClusterOptions options = Options(directory);
        return new TestCluster(await LocalCluster.StartAsync(change?.Invoke(options) ?? options, TestContext.Current.CancellationToken).Within(), directory);
    }

    public static LocalClusterOptions Options(string directory) => new()
    {
        WorkDirectory = Path.Combine(directory, "work"),
        MasterPort = 0,
        AgentResources = new AgentResources(8, 4096, 4096),
    };

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync().AsTask().Within();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
