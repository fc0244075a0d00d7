using System.CommandLine;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Cli.Server;
using ElasticJob.Cli.Terminals;

namespace ElasticJob.Cli.Commands;

/// <summary><c>elasticjob run …</c>: one firing of a job.</summary>
internal static class RunCommands
{
    public static Command Create(Terminal terminal) => new("run", "Runs: one firing of a job each, with shards and logs.")
    {
        Show(terminal),
        Kill(terminal),
        DeclareLost(terminal),
        Logs(terminal),
    };

    private static Argument<string> Id() => new("RUN") { Description = "The run, as 'job runs' names it." };

    private static Option<int?> Shard(string description)
    {
        var shard = new Option<int?>("--shard") { Description = description, HelpName = "N" };
        shard.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && (!int.TryParse(result.Tokens[0].Value, out int n) || n < 0))
            {
                result.AddError($"--shard: '{result.Tokens[0].Value}' is not a shard item; they count from 0");
            }
        });
        return shard;
    }

    private static Command Show(Terminal terminal)
    {
        Argument<string> id = Id();
        var show = new Command("show", "One run with its shards.") { id };
        show.Does(terminal, async call =>
        {
            JsonNode? run = await call.Api.GetAsync(Routes.Run(call.Get(id)), call.Cancellation);
            call.Show(run, report => RunReport.Write(report, run));
            return ExitCode.Done;
        });
        return show;
    }

    private static Command Kill(Terminal terminal)
    {
        Argument<string> id = Id();
        Option<int?> shard = Shard("Only this shard.");
        var kill = new Command("kill", "Ends a run, or one of its shards.") { id, shard };
        kill.Does(terminal, async call =>
        {
            JsonObject? body = call.Get(shard) is { } item ? new JsonObject { ["shard"] = item } : null;
            JsonNode? answer = await call.Api.SendAsync(HttpMethod.Post, Routes.Run(call.Get(id), "kill"), body, call.Cancellation);
            call.Confirm(answer, $"{call.Get(id)} is being ended. 'elasticjob run show {call.Get(id)}' shows when it has.");
            return ExitCode.Done;
        });
        return kill;
    }

    private static Command DeclareLost(Terminal terminal)
    {
        Argument<string> id = Id();
        Option<int?> shard = Shard("The shard whose place is lost.");
        shard.Required = true;
        var declare = new Command("declare-lost", "Says that a shard's task does not run any more, where the cluster cannot tell (its agent is gone for good). The failover policy decides what follows.") { id, shard };
        declare.Does(terminal, async call =>
        {
            JsonNode? answer = await call.Api.SendAsync(HttpMethod.Post, Routes.Run(call.Get(id), "declare-lost"), new JsonObject { ["shard"] = call.Get(shard) }, call.Cancellation);
            call.Confirm(answer, $"The place of shard {call.Get(shard)} of {call.Get(id)} is taken for lost. 'elasticjob run show {call.Get(id)}' shows what followed.");
            return ExitCode.Done;
        });
        return declare;
    }

    private static Command Logs(Terminal terminal)
    {
        Argument<string> id = Id();
        Option<int?> shard = Shard("Only this shard; otherwise all, each line with its shard in front.");
        var follow = new Option<bool>("--follow", "-f") { Description = "Goes on until the run ends." };
        var logs = new Command("logs", "What the shards of a run wrote.") { id, shard, follow };
        logs.Does(terminal, async call =>
        {
            await new RunLogs(call, call.Get(id), call.Get(shard), call.Get(follow)).WriteAsync();
            return ExitCode.Done;
        });
        return logs;
    }
}
