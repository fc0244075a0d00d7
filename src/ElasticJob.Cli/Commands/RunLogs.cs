using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Cli.Server;
using Spectre.Console;

namespace ElasticJob.Cli.Commands;

/// <summary>
/// Writes the logs of a run. Without following: one attempt after the other, in order. Following: all that run now at once, then whatever is
/// started next (further attempts, shards that waited), until the run has ended.
/// </summary>
internal sealed class RunLogs(Invocation call, string run, int? shard, bool follow)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly Color[] Colours = [Color.Teal, Color.Olive, Color.Purple, Color.Green, Color.Blue, Color.Maroon];
    private readonly SemaphoreSlim oneLine = new(1);

    public async Task WriteAsync()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var reading = new List<Task>();
        while (true)
        {
            JsonNode? now = await call.Api.GetAsync(Routes.Run(run), call.Cancellation);
            JsonNode[] tasks = await TasksAsync(now);
            bool prefixed = shard is null && (now.Number("shardCount") ?? 2) > 1;
            foreach (JsonNode task in tasks.Where(t => t.Text("id") is { } id && seen.Add(id)))
            {
                Task read = ReadAsync(task, prefixed);
                reading.Add(read);
                if (!follow)
                {
                    await read;
                }
            }

            bool ended = now.Text("state") == "finished" || now.Text("outcome") is not null;
            if (!follow || ended)
            {
                await Task.WhenAll(reading);
                if (seen.Count == 0)
                {
                    await call.Terminal.Error.WriteLineAsync(
                        $"elasticjob: nothing of {run}{(shard is { } item ? $" shard {item}" : "")} has started{(ended ? "" : " yet")}. 'elasticjob run show {run}' says why.");
                }

                return;
            }

            await Task.Delay(Pause, call.Terminal.Time, call.Cancellation);
        }
    }

    private async Task<JsonNode[]> TasksAsync(JsonNode? now)
    {
        JsonArray all = await call.Api.ListAsync(Routes.Run(run, "tasks"), int.MaxValue, call.Cancellation);
        JsonNode[] wanted = [.. all.OfType<JsonNode>().Where(t => shard is null || t.Number("shard") == shard)
            .OrderBy(t => t.Number("shard")).ThenBy(t => t.Number("attempt"))];

        // A run that was asked for with some shards only has those, whatever their number.
        string[] items = [.. now.Items("shards").Select(s => s.Text("item") ?? "")];
        return shard is { } item && items.Length > 0 && !items.Contains($"{item}")
            ? throw CliException.Refused($"{run} has no shard {item}; it has {string.Join(", ", items.Take(20))}{(items.Length > 20 ? ", …" : "")}.")
            : wanted;
    }

    private async Task ReadAsync(JsonNode task, bool prefixed)
    {
        string name = prefixed ? $"{task.Text("shard")}{(task.Number("attempt") > 1 ? $"#{task.Text("attempt")}" : "")} | " : "";
        var style = new Style(Colours[(int)((task.Number("shard") ?? 0) % Colours.Length)]);
        try
        {
            await call.Api.ReadLinesAsync(
                Routes.Log(run, task.Text("id")!, follow),
                line => WriteLineAsync(name, style, line),
                call.Cancellation);
        }
        catch (CliException) when (task.Items("lastLines").Any())
        {
            // The sandbox is gone; the last lines were kept with the run.
            foreach (JsonNode line in task.Items("lastLines"))
            {
                await WriteLineAsync(name, style, line.ToString());
            }
        }
        catch (CliException e) when (e.ExitCode == ExitCode.Refused)
        {
            await call.Terminal.Error.WriteLineAsync($"elasticjob: shard {task.Text("shard")}, attempt {task.Text("attempt")}: {e.Message}");
        }
    }

    private async Task WriteLineAsync(string prefix, Style style, string line)
    {
        await oneLine.WaitAsync(call.Cancellation);
        try
        {
            if (prefix.Length > 0 && call.Terminal.Colours)
            {
                call.Terminal.Console.Write(new Text(prefix, style));
                await call.Terminal.Out.WriteLineAsync(line);
            }
            else
            {
                await call.Terminal.Out.WriteLineAsync(prefix + line);
            }
        }
        finally
        {
            oneLine.Release();
        }
    }
}
