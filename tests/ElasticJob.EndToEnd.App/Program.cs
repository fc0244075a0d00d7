using ElasticJob;
using ElasticJob.EndToEnd;
using Microsoft.Extensions.DependencyInjection;

var builder = ElasticJobApplication.CreateBuilder(args);
builder.AddOpenTelemetry(static traces => traces.AddSource(Ok.Source.Name));
builder.Services.AddSingleton(WitnessFolder.FromEnvironment());
builder.Jobs.Add<Ok>("ok");
builder.Jobs.Add<Gated>("gated");
builder.Jobs.Add<Failing>("failing");
builder.Jobs.Add<Hanging>("hanging");

// Names that the examples in ElasticJob Cloud's documentation use.
foreach (string name in new[] { "my_job", "yourJobClass", "com.dangdang.ddframe.job.example.job.simple.JavaSimpleJob" })
{
    builder.Jobs.Add<Ok>(name);
}

return await builder.Build().RunAsync();
