namespace ElasticJob.Local.Tests;

/// <summary>Waits for processes that are not our children.</summary>
internal static class Processes
{
    /// <summary>Ended counts, even where nobody has collected its exit code yet.</summary>
    public static async Task GoneAsync(int pid)
    {
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (Local.Processes.ProcessIdentity.Of(pid) is not null)
        {
            await again.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
