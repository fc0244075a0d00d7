namespace ElasticJob.Mesos.OperatorApi;

/// <summary>
/// How an agent names the sandbox of an executor for LIST_FILES and READ_FILE. An agent knows each sandbox by two names: its directory,
/// <c>WORK_DIR/slaves/AGENT/frameworks/FRAMEWORK/executors/EXECUTOR/runs/CONTAINER</c>, which is what the executor sees as
/// <c>MESOS_DIRECTORY</c>; and the virtual path below, which needs no knowledge of the work directory or the container and means the
/// latest run. Source: Mesos, <c>src/slave/paths.cpp</c>.
/// </summary>
public static class SandboxPath
{
    /// <summary><c>/frameworks/FRAMEWORK/executors/EXECUTOR/runs/latest</c>.</summary>
    public static string Virtual(string frameworkId, string executorId) => $"/frameworks/{frameworkId}/executors/{executorId}/runs/latest";
}
