using System.Text;

namespace ElasticJob.Local.Tests;

/// <summary>Asks the master's operator API.</summary>
internal static class MasterState
{
    /// <summary>Asks until the answer is as wanted.</summary>
    public static async Task UntilAsync(TestCluster test, string call, Predicate<string> wanted)
    {
        using var http = new HttpClient();
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        string answer = "";
        while (!wanted(answer) || answer.Length == 0)
        {
            await again.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            using var content = new StringContent(call, Encoding.UTF8, "application/json");
            using HttpResponseMessage response = await http.PostAsync(new Uri(test.Cluster.MasterAddress, "api/v1"), content, TestContext.Current.CancellationToken);
            answer = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        }
    }
}
