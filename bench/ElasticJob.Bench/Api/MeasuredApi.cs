using System.Net.Http.Headers;
using System.Text;
using ElasticJob.Events;
using ElasticJob.Scheduler.Api;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Security;
using ElasticJob.Scheduler.Leadership;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Core;
using ElasticJob.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ElasticJob.Bench.Api;

/// <summary>The real API over a real scheduler loop without a cluster, with the history of a given store.</summary>
internal sealed class MeasuredApi : IAsyncDisposable
{
    private const int JobsInOneApply = 2_000;

    private readonly CancellationTokenSource stop = new();
    private readonly string folder = Directory.CreateTempSubdirectory("elasticjob-bench-").FullName;
    private readonly SqliteStateStore state;
    private readonly InMemoryEventStore sink = new();
    private readonly WebApplication app;
    private readonly SchedulerLoop loop;
    private Task running = Task.CompletedTask;

    private MeasuredApi(IEventStore history)
    {
        state = new SqliteStateStore(folder);
        loop = new SchedulerLoop(state, new IdleCluster(), [sink], new CoreOptions(), TimeProvider.System, NullLoggerFactory.Instance);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<ISchedulerLoop>(loop);
        var self = new Member { Id = Guid.NewGuid(), Name = "bench", Version = "0", StartedAt = DateTimeOffset.UnixEpoch, Clock = DateTimeOffset.UnixEpoch };
        builder.Services.AddSingleton<ILeadership>(new SoleLeadership(() => self, state, TimeProvider.System));
        builder.Services.AddSingleton<IEventQueries>(history).AddSingleton<IEventReports>(history);
        builder.Services.AddSchedulerApi(new SchedulerApiOptions { DataFolder = folder });
        app = builder.Build();
        app.MapSchedulerApi();
    }

    public HttpClient Client { get; } = new();

    public string Token { get; private set; } = "";

    public static async Task<MeasuredApi> StartAsync(IEventStore history, CancellationToken cancellationToken)
    {
        var api = new MeasuredApi(history);
        api.running = api.loop.RunAsync(api.stop.Token);
        await api.loop.Loaded.WaitAsync(cancellationToken);
        await api.app.StartAsync(cancellationToken);
        api.Client.BaseAddress = new Uri(api.app.Urls.First());
        api.Token = (await File.ReadAllTextAsync(LocalToken.PathIn(api.folder), cancellationToken)).Trim();
        api.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", api.Token);
        return api;
    }

    /// <summary>Registers the jobs whose history the store holds.</summary>
    public async Task ApplyAsync(int jobs, CancellationToken cancellationToken)
    {
        await ApplyAsync("kind: App\nname: bench\ncommand: ./bench\n", cancellationToken);
        foreach (int[] part in Enumerable.Range(0, jobs).Chunk(JobsInOneApply))
        {
            var yaml = new StringBuilder();
            foreach (int job in part)
            {
                yaml.Append(Table.Text($"---\nkind: Job\nname: {Events.MadeRuns.Job(job)}\napp: bench\ntype: class\nclass: shard\nschedule: \"0 {job % 60} {job % 24} * * ?\"\ndescription: the job of customer {job * 7919 % 10007}\n"));
            }

            await ApplyAsync(yaml.ToString(), cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await app.StopAsync(CancellationToken.None);
        await app.DisposeAsync();
        await sink.DisposeAsync();
        await state.DisposeAsync();
        stop.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private async Task ApplyAsync(string yaml, CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await Client.PostAsync(ApiRoutes.Apply, new StringContent(yaml, Encoding.UTF8, "application/yaml"), cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException(await answer.Content.ReadAsStringAsync(cancellationToken));
        }
    }
}
