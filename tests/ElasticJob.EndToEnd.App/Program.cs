using ElasticJob;
using ElasticJob.EndToEnd;
using Microsoft.Extensions.DependencyInjection;

var builder = ElasticJobApplication.CreateBuilder(args);
builder.Services.AddSingleton(WitnessFolder.FromEnvironment());
builder.Jobs.Add<Ok>("ok");
builder.Jobs.Add<Gated>("gated");
builder.Jobs.Add<Failing>("failing");
builder.Jobs.Add<Hanging>("hanging");
return await builder.Build().RunAsync();
