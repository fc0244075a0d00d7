using ElasticJob.Execution;
using ElasticJob.Executor;
using ElasticJob.Local;
using ElasticJob.Logs;
using ElasticJob.Mesos.ExecutorApi;
using ElasticJob.Mesos.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ElasticJob;

/// <summary>
/// An app with jobs. It finds out where it is: started by an agent (<c>MESOS_AGENT_ENDPOINT</c> is set) it is an executor and runs what it is
/// told; otherwise <c>run JOB --shard N</c> runs one shard here, <c>list</c> lists the jobs, and nothing at all explains both.
/// An app without any job class still runs script and HTTP jobs.
/// </summary>
public sealed class ElasticJobApplication
{
    private readonly IHost host;
    private readonly string[] args;
    private readonly JobCollection jobs;
    private readonly LogRouter router;

    internal ElasticJobApplication(IHost host, string[] args, JobCollection jobs, LogRouter router)
    {
        this.host = host;
        this.args = args;
        this.jobs = jobs;
        this.router = router;
    }

    /// <summary>The services of the app.</summary>
    public IServiceProvider Services => host.Services;

    /// <summary>Starts putting an app together.</summary>
    /// <param name="args">The arguments of the program.</param>
    public static ElasticJobApplicationBuilder CreateBuilder(string[]? args = null) => new(args ?? [], Console.OpenStandardError());

    /// <summary>
    /// Runs until the work is done: as an executor until the agent ends it, otherwise the one command given. The result is the exit code
    /// (0 done, 1 failed, 2 wrong usage); it is set as <see cref="Environment.ExitCode"/> too.
    /// </summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            int code = Environment.GetEnvironmentVariable(ExecutorEnvironment.AgentEndpointVariable) is null
                ? await CreateCommands(Console.Out, Console.Error).RunAsync(args, cancellationToken).ConfigureAwait(false)
                : await RunExecutorAsync(Environment.GetEnvironmentVariable, cancellationToken).ConfigureAwait(false);
            Environment.ExitCode = code;
            return code;
        }
        finally
        {
            if (host is IAsyncDisposable disposable)
            {
                await disposable.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    internal async Task<int> RunExecutorAsync(Func<string, string?> variable, CancellationToken cancellationToken)
    {
        ExecutorEnvironment environment;
        try
        {
            environment = ExecutorEnvironment.Read(variable);
        }
        catch (FormatException e)
        {
            await Console.Error.WriteLineAsync(e.Message).ConfigureAwait(false);
            return 2;
        }

        // Shards may block threads; the pool must not take seconds to notice.
        ThreadPool.GetMinThreads(out int workers, out int ports);
        ThreadPool.SetMinThreads(Math.Max(workers, 64), ports);
        Console.SetOut(TextWriter.Synchronized(new TaskConsole(router)));

        await host.StartAsync(cancellationToken).ConfigureAwait(false);
        IHostApplicationLifetime lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        using HttpMessageInvoker http = MesosTransport.Create(environment.DomainSocket);
        ExecutorHost executor = CreateExecutor(environment, http, EvictionTimes.Default, PosixProcess.ExitNow);
        int code = await executor.RunAsync(ending.Token).ConfigureAwait(false);
        await host.StopAsync(CancellationToken.None).ConfigureAwait(false);
        return code;
    }

    internal ExecutorHost CreateExecutor(ExecutorEnvironment environment, HttpMessageInvoker http, EvictionTimes times, Action<int> exitNow)
    {
        TimeProvider time = host.Services.GetRequiredService<TimeProvider>();
        ILogger logger = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("ElasticJob.Executor");
        return new ExecutorHost(environment, http, new WorkRunner(jobs, host.Services, time), router, time, logger, times, exitNow);
    }

    internal LocalCommands CreateCommands(TextWriter output, TextWriter errors) => new(jobs, host, router, output, errors);
}
