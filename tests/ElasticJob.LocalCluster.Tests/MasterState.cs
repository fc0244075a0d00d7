using System.Text;

namespace ElasticJob.Local.Tests;

/// <summary>Asks the master's operator API.</summary>
internal static class MasterState
{
    /// <summary>Asks until the answer is as wanted.</summary>
    public static async Task UntilAsync(TestCluster test, string call, Predicate<string> wanted)
    {
        using var http = new HttpClient();
        string answer = "";
        await Patience.UntilAsync(
            async () =>
            {
                answer = await AskAsync(test, call, http);
                return answer.Length > 0 && wanted(answer);
            },
            $"the wanted answer to {call}",
            () => $"The last one was {answer}");
    }

    public static async Task<string> AskAsync(TestCluster test, string call)
    {
        using var http = new HttpClient();
        return await AskAsync(test, call, http);
    }

    private static async Task<string> AskAsync(TestCluster test, string call, HttpClient http)
    {
        using var content = new StringContent(call, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await http.PostAsync(new Uri(test.Cluster.MasterAddress, "api/v1"), content, TestContext.Current.CancellationToken);
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }
}
