using ElasticJob.Execution;
using ElasticJob.Logs;
using ElasticJob.Mesos.ExecutorApi;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ElasticJob;

/// <summary>
/// Puts an app together: a <see cref="HostApplicationBuilder"/> with jobs. Lean on purpose, because the start of an executor is on the way
/// to its first run: <c>appsettings.json</c> beside the program is read once, then environment variables; nothing is watched.
/// </summary>
public sealed class ElasticJobApplicationBuilder
{
    private readonly HostApplicationBuilder host;
    private readonly string[] args;
    private readonly LogRouter router;

    internal ElasticJobApplicationBuilder(string[] args, Stream errors)
    {
        this.args = args;
        bool local = System.Environment.GetEnvironmentVariable(ExecutorEnvironment.AgentEndpointVariable) is null;
        host = new HostApplicationBuilder(new HostApplicationBuilderSettings
        {
            DisableDefaults = true,
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = System.Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT") ?? (local ? Environments.Development : Environments.Production),
        });
        host.Configuration.AddJsonFile("appsettings.json", optional: true, reloadOnChange: false);
        host.Configuration.AddJsonFile($"appsettings.{host.Environment.EnvironmentName}.json", optional: true, reloadOnChange: false);
        host.Configuration.AddEnvironmentVariables();
        router = new LogRouter(new TaskLog(errors, TimeProvider.System));
        host.Logging.AddConfiguration(host.Configuration.GetSection("Logging"));
        host.Logging.AddFilter("Microsoft", LogLevel.Warning);
        host.Logging.AddFilter("System", LogLevel.Warning);
        host.Logging.AddProvider(router);
        host.Services.AddSingleton(TimeProvider.System);
        host.Services.AddScoped<CurrentShard>();
        host.Services.AddScoped(services => services.GetRequiredService<CurrentShard>().Context
            ?? throw new InvalidOperationException("A ShardingContext exists only inside the scope of an execution."));
        Jobs = new JobCollection(host.Services);
    }

    /// <summary>The jobs of the app.</summary>
    public JobCollection Jobs { get; }

    /// <summary>The services that job classes can ask for. Each execution has a scope of its own, and in it its <see cref="ShardingContext"/>.</summary>
    public IServiceCollection Services => host.Services;

    /// <summary><c>appsettings.json</c>, <c>appsettings.{Environment}.json</c>, environment variables, and what you add.</summary>
    public ConfigurationManager Configuration => host.Configuration;

    /// <summary>Further log providers and filters. What is logged inside an execution goes to that task's log in any case.</summary>
    public ILoggingBuilder Logging => host.Logging;

    /// <summary>Name of the environment and the content root.</summary>
    public IHostEnvironment Environment => host.Environment;

    /// <summary>Builds the app.</summary>
    public ElasticJobApplication Build() => new(host.Build(), args, Jobs, router);
}
