using ElasticJob.Cli.Commands;
using ElasticJob.Cli.Terminals;

return await ElasticJobCommand.RunAsync(args, Terminal.OfThisProcess());
