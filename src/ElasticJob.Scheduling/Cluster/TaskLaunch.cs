using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Definitions;

namespace ElasticJob.Scheduling.Cluster;

/// <summary>One task to launch.</summary>
/// <param name="Task">Id of the task; unique for ever.</param>
/// <param name="Resources">What it needs.</param>
/// <param name="Executor">The executor that runs it.</param>
/// <param name="Order">What it does.</param>
/// <param name="KillGrace">How long it may take to end after a kill.</param>
public sealed record TaskLaunch(string Task, Resources Resources, ExecutorSpec Executor, TaskOrder Order, TimeSpan KillGrace);

/// <summary>
/// Everything that an executor is started with. Equal specs share an executor; the id is new for each executor that is started, so that a
/// running one never meets other settings.
/// </summary>
/// <param name="Id">Id of the executor; unique for ever.</param>
/// <param name="App">The app whose tasks it runs, with the definition it was started from.</param>
/// <param name="Description">What the cluster was told when it was started (see <see cref="Core.Input.ExecutorDescribed"/>), for engines that want it said the same way each time.</param>
public sealed record ExecutorSpec(string Id, AppDefinition App, string? Description = null);
