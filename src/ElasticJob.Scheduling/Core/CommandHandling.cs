using ElasticJob.Scheduling.Commands;

namespace ElasticJob.Scheduling.Core;

/// <summary>Carries out what people ask for. A refusal changes nothing.</summary>
internal sealed class CommandHandling(Defining defining, Removing removing, RunCommands runs, Reconciling reconciling, Keeping keeping, AuditTrail trail)
{
    public CommandResult Handle(Command command)
    {
        trail.Begin(command.Actor);
        CommandResult result = Carry(command);
        trail.End(command.Actor, result);
        return result;
    }

    private CommandResult Carry(Command command) => command switch
    {
        Command.Apply apply => defining.Apply(apply),
        Command.EnableApp enable => defining.EnableApp(enable),
        Command.EnableJob enable => defining.EnableJob(enable),
        Command.RemoveApp remove => removing.RemoveApp(remove),
        Command.RemoveJob remove => removing.RemoveJob(remove),
        Command.TriggerJob trigger => runs.TriggerJob(trigger),
        Command.KillRun kill => runs.KillRun(kill),
        Command.Reconcile reconcile => reconciling.AskNow(reconcile.Explicit),
        Command.DeclareLost lost => runs.DeclareLost(lost),
        Command.Keep keep => keeping.Keep(keep),
        Command.Note note => note.Refusal is { } why ? new CommandResult(CommandStatus.Invalid, why) : CommandResult.Done,
        _ => throw new ArgumentOutOfRangeException(nameof(command), command, "There is no such command."),
    };
}
