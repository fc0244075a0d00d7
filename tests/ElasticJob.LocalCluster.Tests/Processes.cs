using System.Diagnostics;

namespace ElasticJob.Local.Tests;

/// <summary>Waits for processes that are not our children.</summary>
internal static class Processes
{
    public static async Task GoneAsync(int pid)
    {
        try
        {
            using Process process = Process.GetProcessById(pid);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        catch (ArgumentException)
        {
            // Gone already.
        }
    }
}
