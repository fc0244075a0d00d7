using System.Text.Json;

namespace ElasticJob.EndToEnd.Tests.Support;

/// <summary>Settles a job that is due every second: what the ledger says, what the record of tasks says and what the job itself wrote must agree.</summary>
internal static class Account
{
    /// <summary>Nothing is lost: every due time is answered, and every run that was due before a time has ended. Nothing is doubled: no attempt started twice, and none that is not on record.</summary>
    public static async Task<JsonElement[]> AgreesAsync(Api api, TestFolder folder, string job, DateTimeOffset before)
    {
        JsonElement[] lines = await Until.Async(
            () => Ledger.ShouldHaveNoHoleAsync(api, job),
            all => all.Where(l => l.GetProperty("dueAt").GetDateTimeOffset() < before).All(l => l.Text("outcome") is not null),
            $"the end of every run of {job} that was due before {before:HH:mm:ss}");
        WitnessLine[] starts = [.. folder.Lines().Where(l => l.What == "start" && l.Job == job)];
        starts.Select(l => (l.Run, l.Shard, l.Attempt)).ShouldBeUnique();
        foreach (IGrouping<string, WitnessLine> run in starts.GroupBy(l => l.Run))
        {
            JsonElement[] tasks = await api.TasksAsync(run.Key);
            run.Select(l => (l.Shard, l.Attempt)).ShouldBeSubsetOf(tasks.Select(t => (t.GetProperty("shard").GetInt32(), t.GetProperty("attempt").GetInt32())));
        }

        // What is said to have succeeded has really run.
        HashSet<string> ended = [.. folder.Lines().Where(l => l.What == "end" && l.Job == job).Select(l => l.Run)];
        lines.Where(l => l.Text("outcome") == "succeeded").Select(l => l.Text("run")!).ShouldBeSubsetOf(ended);
        return lines;
    }

    /// <summary>At most once: no shard of the job started twice, whatever was lost.</summary>
    public static void NothingTwice(TestFolder folder, string job) =>
        folder.Lines().Where(l => l.What == "start" && l.Job == job).Select(l => (l.Run, l.Shard)).ShouldBeUnique();
}
