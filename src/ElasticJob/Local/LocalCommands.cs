using System.Globalization;
using ElasticJob.Execution;
using ElasticJob.Logs;
using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Reports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ElasticJob.Local;

/// <summary>The commands of an app that was not started by an agent.</summary>
internal sealed class LocalCommands(JobCollection jobs, IHost host, LogRouter router, TextWriter output, TextWriter errors)
{
    public async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        switch (args)
        {
            case []:
                Explain();
                return 0;
            case ["help" or "--help" or "-h", ..]:
                Explain();
                return 0;
            case ["list"]:
                List();
                return 0;
            case ["run", ..]:
                if (!RunRequest.TryRead(args.AsSpan(1), out RunRequest? request, out string? fault))
                {
                    errors.WriteLine(fault);
                    errors.WriteLine(Usage);
                    return 2;
                }

                return await RunShardAsync(request!, cancellationToken).ConfigureAwait(false);
            default:
                errors.WriteLine($"'{args[0]}' is not a command.");
                errors.WriteLine(Usage);
                return 2;
        }
    }

    private const string Usage =
        "Use: run JOB [--shard N] [--shards M] [--parameter P] [--shard-parameter P] [--streaming]   or: list";

    private void Explain()
    {
        output.WriteLine("This is an ElasticJob app. Under an agent it runs what the scheduler sends; here you can try its jobs.");
        List();
        output.WriteLine(Usage);
    }

    private void List()
    {
        if (jobs.All.Count == 0)
        {
            output.WriteLine("It has no job classes; it can still run script and HTTP jobs under an agent.");
            return;
        }

        foreach (JobRegistration job in jobs.All)
        {
            output.WriteLine($"  {job.Name,-30} {job.Kind.ToString().ToLowerInvariant(),-9} {job.Options.Description}".TrimEnd());
        }
    }

    private async Task<int> RunShardAsync(RunRequest request, CancellationToken cancellationToken)
    {
        if (!jobs.TryFind(request.Job, out _))
        {
            errors.WriteLine($"There is no job '{request.Job}' in this app. It has:");
            foreach (string name in jobs.Names)
            {
                errors.WriteLine($"  {name}");
            }

            return 2;
        }

        await host.StartAsync(cancellationToken).ConfigureAwait(false);
        IHostApplicationLifetime lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
        TimeProvider time = host.Services.GetRequiredService<TimeProvider>();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        using var lines = new WriterStream(output);
        using var log = new TaskLog(lines, time);
        router.Enter(log);
        int code = await RunShardAsync(request, log, time, ending.Token).ConfigureAwait(false);
        await host.StopAsync(CancellationToken.None).ConfigureAwait(false);
        return code;
    }

    private async Task<int> RunShardAsync(RunRequest request, TaskLog log, TimeProvider time, CancellationToken cancellationToken)
    {
        var context = new ShardingContext
        {
            JobName = request.Job,
            ScheduledAt = time.GetUtcNow(),
            ShardingItem = request.Shard,
            ShardingTotalCount = request.Shards,
            ShardingParameter = request.ShardParameter,
            JobParameter = request.Parameter,
            Logger = new TaskLogger(log, request.Job),
            OnProgress = (fraction, text) => log.WriteLines(
                string.Create(CultureInfo.InvariantCulture, $"{fraction * 100,3:0} % {text}").TrimEnd()),
        };
        string sandbox = Directory.GetCurrentDirectory();
        long started = time.GetTimestamp();
        TaskFailure? failure;
        try
        {
            failure = await new WorkRunner(jobs, host.Services, time)
                .RunAsync(new ClassWork(request.Job, request.Streaming), context, new TaskRoom(log, sandbox, sandbox), cancellationToken)
                .ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            failure = Failures.Of(FailureKind.Exception, "It was cancelled.");
        }

        string shard = string.Create(CultureInfo.InvariantCulture, $"{request.Job}, shard {request.Shard} of {request.Shards}");
        string took = string.Create(CultureInfo.InvariantCulture, $"{time.GetElapsedTime(started).TotalSeconds:0.000} s");
        if (failure is null)
        {
            log.WriteLines($"Finished: {shard}, in {took}.");
            return 0;
        }

        log.WriteLines($"Failed: {shard}, after {took}: {failure.Message}");
        if (failure.Detail is not null)
        {
            log.WriteLines(failure.Detail);
        }

        return 1;
    }
}
