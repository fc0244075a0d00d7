using System.CommandLine;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Cli.Server;
using ElasticJob.Cli.Terminals;

namespace ElasticJob.Cli.Commands;

/// <summary><c>elasticjob job trigger NAME</c>: a run now.</summary>
internal static class TriggerCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    public static Command Create(Terminal terminal)
    {
        Argument<string> name = JobCommands.Name();
        var parameter = new Option<string>("--parameter") { Description = "Overrides the job's parameter for this run.", HelpName = "P" };
        var shards = new Option<string>("--shards") { Description = "Only these shards, such as 0,2.", HelpName = "0,2" };
        var wait = new Option<bool>("--wait") { Description = "Waits for the end; the exit code is 1 unless it succeeds." };
        var trigger = new Command("trigger", "Starts a run now.") { name, parameter, shards, wait };
        trigger.Does(terminal, async call =>
        {
            var body = new JsonObject();
            if (call.Get(parameter) is { } text)
            {
                body["parameter"] = text;
            }

            if (call.Get(shards) is { } list)
            {
                body["shards"] = new JsonArray([.. Items(list).Select(i => JsonValue.Create(i))]);
            }

            JsonNode? answer = await call.Api.SendAsync(HttpMethod.Post, Routes.Job(call.Get(name), "trigger"), body, call.Cancellation);
            string run = answer.Text("run") ?? throw new CliException(ExitCode.Unreachable, "The scheduler did not name the run that it created.");
            if (!call.Get(wait))
            {
                call.Confirm(answer, $"Run {run} is created. 'elasticjob run show {run}' shows how it goes.");
                return ExitCode.Done;
            }

            JsonNode? ended = await EndOfAsync(call, run);
            call.Show(ended, report => RunReport.Write(report, ended));
            return ended.Text("outcome") == "succeeded" ? ExitCode.Done : ExitCode.Refused;
        });
        return trigger;
    }

    private static async Task<JsonNode?> EndOfAsync(Invocation call, string run)
    {
        while (true)
        {
            JsonNode? now = await call.Api.GetAsync(Routes.Run(run), call.Cancellation);
            // How it will end may be known while its tasks are still being ended.
            if (now.Text("state") == "finished")
            {
                return now;
            }

            await Task.Delay(Pause, call.Terminal.Time, call.Cancellation);
        }
    }

    private static int[] Items(string list)
    {
        string[] parts = list.Split(',', StringSplitOptions.TrimEntries);
        return [.. parts.Select(p => int.TryParse(p, out int item) && item >= 0
            ? item
            : throw CliException.Usage($"--shards: '{p}' is not a shard; write the items with commas between, such as 0,2"))];
    }
}
