namespace ElasticJob.Local.Agent;

/// <content>Sandboxes of ended executors: kept for a while, then removed.</content>
internal sealed partial class ClusterAgent
{
    private const int CompletedExecutorsRemembered = 100;
    private const int CompletionsBetweenCollections = 100;
    private int _completions;

    private void Completed(ExecutorEntry executor)
    {
        _completedExecutors.Enqueue(executor);
        if (_completedExecutors.Count > CompletedExecutorsRemembered)
        {
            _completedExecutors.Dequeue();
        }

        if (++_completions >= CompletionsBetweenCollections)
        {
            CollectGarbage();
        }
    }

    /// <summary>At start and after every hundred ended executors; so an idle cluster does nothing.</summary>
    private void CollectGarbage()
    {
        _completions = 0;
        if (_launches.Count == 0 || _allEnded is null)
        {
            Track(CollectGarbageAsync([.. _executors.Values.Select(executor => executor.Sandbox)]));
        }
    }

    private async Task CollectGarbageAsync(HashSet<string> alive)
    {
        await Task.Yield();
        DateTime oldest = (_options.Time.GetUtcNow() - _options.SandboxRetention).UtcDateTime;
        DateTime started = _options.Time.GetUtcNow().UtcDateTime;
        List<DirectoryInfo> ended = [];
        foreach (string executor in Expand(Expand([_directories.Root], "frameworks"), "executors"))
        {
            string runs = Path.Combine(executor, "runs");
            if (Directory.Exists(runs))
            {
                ended.AddRange(new DirectoryInfo(runs).EnumerateDirectories().Where(run => run.LinkTarget is null && !alive.Contains(run.FullName)));
            }
        }

        ended.Sort((one, other) => other.LastWriteTimeUtc.CompareTo(one.LastWriteTimeUtc));
        for (int i = 0; i < ended.Count && !_stopping.IsCancellationRequested; i++)
        {
            // One that was made after the list of the living was taken is not in it.
            bool young = ended[i].CreationTimeUtc >= started;
            if (!young && (i >= _options.SandboxesKept || ended[i].LastWriteTimeUtc < oldest))
            {
                RemoveSandbox(ended[i]);
            }
        }
    }

    private static IEnumerable<string> Expand(IEnumerable<string> directories, string child) => directories
        .Select(directory => Path.Combine(directory, child))
        .Where(Directory.Exists)
        .SelectMany(directory => Directory.EnumerateDirectories(directory));

    private void RemoveSandbox(DirectoryInfo sandbox)
    {
        try
        {
            string runs = sandbox.Parent!.FullName;
            sandbox.Delete(recursive: true);
            if (!Directory.EnumerateDirectories(runs).Any(run => new DirectoryInfo(run) is { LinkTarget: null }))
            {
                Directory.Delete(Path.GetDirectoryName(runs)!, recursive: true);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            ClusterLog.SandboxNotRemoved(_logger, sandbox.FullName, fault);
        }
    }
}
