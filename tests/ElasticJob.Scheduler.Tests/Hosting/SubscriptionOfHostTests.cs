using ElasticJob.Mesos.V1;
using ElasticJob.Scheduler.Cluster;
using ElasticJob.Scheduler.Hosting;
using ElasticJob.Scheduler.Tests.Cluster;

namespace ElasticJob.Scheduler.Tests.Hosting;

/// <summary>What a whole scheduler tells the master about itself.</summary>
public sealed class SubscriptionOfHostTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("elasticjob-host-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Host_WithAddressUserAndRole_TellsThemToTheMaster()
    {
        await using ScriptedMaster master = await ScriptedMaster.StartAsync();
        await using SchedulerHost host = await SchedulerHost.StartAsync(
            new SchedulerHostOptions
            {
                DataDirectory = folder,
                Masters = MasterAddresses.Of(master.Address),
                RunnerCommand = "true",
                Port = 0,
                AdvertisedAddress = new Uri("https://scheduler-1.example:8899"),
                User = "jobs",
                Role = "batch/jobs",
                Logging = static _ => { },
            },
            TestContext.Current.CancellationToken);
        FrameworkInfo info = (await master.SubscriptionAsync()).Subscribe.FrameworkInfo;
        (info.WebuiUrl, info.User, string.Join(' ', info.Roles)).ShouldBe(("https://scheduler-1.example:8899/", "jobs", "batch/jobs"));
    }
}
