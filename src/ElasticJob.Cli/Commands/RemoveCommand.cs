using System.CommandLine;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Terminals;

namespace ElasticJob.Cli.Commands;

/// <summary>Commands that take one thing away.</summary>
internal static class RemoveCommand
{
    /// <param name="terminal">Where it is called.</param>
    /// <param name="word">The command.</param>
    /// <param name="description">What it does.</param>
    /// <param name="which">The argument that names the thing.</param>
    /// <param name="address">The thing's address.</param>
    /// <param name="done">What is said afterwards.</param>
    public static Command Create(Terminal terminal, string word, string description, Argument<string> which, Func<string, string> address, Func<string, string> done)
    {
        var remove = new Command(word, description) { which };
        remove.Does(terminal, async call =>
        {
            string one = call.Get(which);
            JsonNode? answer = await call.Api.SendAsync(HttpMethod.Delete, address(one), null, call.Cancellation);
            call.Confirm(answer, done(one));
            return ExitCode.Done;
        });
        return remove;
    }
}
