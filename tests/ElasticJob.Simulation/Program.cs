using ElasticJob.Simulation;

return Simulator.Main(args, Console.Out);
