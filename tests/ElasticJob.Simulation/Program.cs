using ElasticJob.Simulation;

return Simulator.Start(args, Console.Out);
