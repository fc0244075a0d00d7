using AccessLogs;
using ElasticJob;
using Microsoft.Extensions.DependencyInjection;

if (args is ["generate", ..])
{
    return LogGenerator.Run(args[1..]);
}

var builder = ElasticJobApplication.CreateBuilder(args);
builder.Services.AddSingleton(AccessLogOptions.FromEnvironment());
builder.Services.AddSingleton<StatisticsStore>();
builder.Jobs.Add<CountAccessLogs>("access-logs");
return await builder.Build().RunAsync();
