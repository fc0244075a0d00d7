namespace ElasticJob.Local.Tests;

/// <summary>Where a sandbox is.</summary>
internal static class Sandboxes
{
    public static string File(TestCluster test, TestFramework framework, string executor, string file)
    {
        string agent = System.IO.Directory.EnumerateDirectories(Path.Combine(test.Directory, "work", "slaves")).Single();
        return Path.Combine(agent, "frameworks", framework.Id.Value, "executors", executor, "runs", "latest", file);
    }
}
