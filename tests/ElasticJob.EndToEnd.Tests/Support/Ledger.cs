using System.Text.Json;

namespace ElasticJob.EndToEnd.Tests.Support;

/// <summary>The ledger of a job that is due every second: whether every due time has exactly one answer.</summary>
internal static class Ledger
{
    /// <summary>All lines, oldest first.</summary>
    public static async Task<JsonElement[]> ReadAsync(Api api, string job)
    {
        var all = new List<JsonElement>();
        string? cursor = null;
        do
        {
            JsonElement page = await api.GetAsync($"api/v1/jobs/{job}/ledger?limit=100{(cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}")}");
            all.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.Text("next");
        }
        while (cursor is { Length: > 0 });

        return [.. all.Where(e => e.Text("answer") != "manual").OrderBy(e => e.GetProperty("dueAt").GetDateTimeOffset())];
    }

    /// <summary>From the first due time to the last, each second is answered once.</summary>
    public static async Task<JsonElement[]> ShouldHaveNoHoleAsync(Api api, string job)
    {
        JsonElement[] lines = await ReadAsync(api, job);
        lines.ShouldNotBeEmpty();
        DateTimeOffset next = lines[0].GetProperty("dueAt").GetDateTimeOffset();
        foreach (JsonElement line in lines)
        {
            line.GetProperty("dueAt").GetDateTimeOffset().ShouldBe(next, $"The ledger of {job} has a hole or an overlap:\n{string.Join('\n', lines)}");
            DateTimeOffset last = line.TryGetProperty("dueUntil", out JsonElement until) && until.ValueKind == JsonValueKind.String ? until.GetDateTimeOffset() : next;
            line.GetProperty("count").GetInt32().ShouldBe((int)(last - next).TotalSeconds + 1, line.ToString());
            (line.Text("run") ?? line.Text("reason")).ShouldNotBeNullOrEmpty($"No answer: {line}");
            next = last + TimeSpan.FromSeconds(1);
        }

        return lines;
    }

    /// <summary>Waits until the due times of a job have been answered beyond a time.</summary>
    public static Task AnsweredBeyondAsync(Api api, string job, DateTimeOffset time) => Until.Async(
        () => ReadAsync(api, job),
        lines => lines.Any(e => e.GetProperty("dueAt").GetDateTimeOffset() > time && e.Text("outcome") is not null),
        $"a run of {job} due after {time:HH:mm:ss}");
}
