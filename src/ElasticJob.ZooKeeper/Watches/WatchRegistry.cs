namespace ElasticJob.ZooKeeper.Watches;

/// <summary>The watches that are set, by their path on the server. What a server's event means for each of them is told here.</summary>
internal sealed class WatchRegistry(NodePath paths)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, List<OneTimeWatch>> data = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<OneTimeWatch>> exist = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<OneTimeWatch>> children = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<PersistentWatch>> persistent = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<PersistentWatch>> recursive = new(StringComparer.Ordinal);

    public void AddData(string path, OneTimeWatch watch) => Add(data, path, watch);

    public void AddExist(string path, OneTimeWatch watch) => Add(exist, path, watch);

    public void AddChildren(string path, OneTimeWatch watch) => Add(children, path, watch);

    public void Add(string path, PersistentWatch watch) => Add(Of(watch.Mode), path, watch);

    /// <summary>Hands an event to all it concerns. One-time watches are forgotten with it.</summary>
    public void Tell(WatchEventType type, string path)
    {
        var seen = new WatchEvent(type, paths.FromServer(path));
        var fire = new List<OneTimeWatch>();
        var tell = new List<PersistentWatch>();
        lock (gate)
        {
            if (type is WatchEventType.NodeCreated or WatchEventType.NodeDataChanged or WatchEventType.NodeDeleted)
            {
                Take(data, path, fire);
                Take(exist, path, fire);
            }

            if (type is WatchEventType.NodeChildrenChanged or WatchEventType.NodeDeleted)
            {
                Take(children, path, fire);
            }

            tell.AddRange(persistent.GetValueOrDefault(path) ?? []);
            if (type != WatchEventType.NodeChildrenChanged && recursive.Count > 0)
            {
                for (string? above = path; above is not null; above = Parent(above))
                {
                    tell.AddRange(recursive.GetValueOrDefault(above) ?? []);
                }
            }
        }

        fire.ForEach(watch => watch.Fire(seen));
        tell.ForEach(watch => watch.Tell(seen));
    }

    /// <summary>What the next server must be told.</summary>
    public WatchList All()
    {
        lock (gate)
        {
            return new WatchList([.. data.Keys], [.. exist.Keys], [.. children.Keys], [.. persistent.Keys], [.. recursive.Keys]);
        }
    }

    public void TellReattached()
    {
        PersistentWatch[] all;
        lock (gate)
        {
            all = [.. persistent.Values.Concat(recursive.Values).SelectMany(list => list)];
        }

        foreach (PersistentWatch watch in all)
        {
            watch.Tell(new WatchEvent(WatchEventType.Reattached, watch.Path));
        }
    }

    /// <summary>Forgets one persistent watch. True if nothing else is watched on its path, so that the server may forget it too.</summary>
    public bool Remove(string path, PersistentWatch watch)
    {
        bool last;
        lock (gate)
        {
            Dictionary<string, List<PersistentWatch>> where = Of(watch.Mode);
            if (!where.TryGetValue(path, out List<PersistentWatch>? list) || !list.Remove(watch))
            {
                return false;
            }

            if (list.Count == 0)
            {
                where.Remove(path);
            }

            last = !persistent.ContainsKey(path) && !recursive.ContainsKey(path) && !data.ContainsKey(path) && !exist.ContainsKey(path) && !children.ContainsKey(path);
        }

        watch.Tell(new WatchEvent(WatchEventType.WatchRemoved, watch.Path));
        return last;
    }

    /// <summary>Forgets all watches of a type on a path, and tells them so.</summary>
    public void RemoveAll(string path, WatcherType type)
    {
        var fire = new List<OneTimeWatch>();
        var tell = new List<PersistentWatch>();
        lock (gate)
        {
            if (type != WatcherType.Children)
            {
                Take(data, path, fire);
                Take(exist, path, fire);
            }

            if (type != WatcherType.Data)
            {
                Take(children, path, fire);
            }

            if (type == WatcherType.Any)
            {
                Take(persistent, path, tell);
                Take(recursive, path, tell);
            }
        }

        var removed = new WatchEvent(WatchEventType.WatchRemoved, paths.FromServer(path));
        fire.ForEach(watch => watch.Fire(removed));
        tell.ForEach(watch => watch.Tell(removed));
    }

    public void TellSessionEnded()
    {
        foreach ((string path, OneTimeWatch watch) in TakeAll(data).Concat(TakeAll(exist)).Concat(TakeAll(children)))
        {
            watch.Fire(new WatchEvent(WatchEventType.SessionEnded, paths.FromServer(path)));
        }

        foreach ((_, PersistentWatch watch) in TakeAll(persistent).Concat(TakeAll(recursive)))
        {
            watch.Tell(new WatchEvent(WatchEventType.SessionEnded, watch.Path));
        }
    }

    private static string? Parent(string path) => path.Length == 1 ? null : path.LastIndexOf('/') is > 0 and int slash ? path[..slash] : "/";

    private static void Take<T>(Dictionary<string, List<T>> from, string path, List<T> into)
    {
        if (from.Remove(path, out List<T>? list))
        {
            into.AddRange(list);
        }
    }

    private Dictionary<string, List<PersistentWatch>> Of(AddWatchMode mode) => mode == AddWatchMode.Persistent ? persistent : recursive;

    private void Add<T>(Dictionary<string, List<T>> to, string path, T watch)
    {
        lock (gate)
        {
            if (!to.TryGetValue(path, out List<T>? list))
            {
                to[path] = list = [];
            }

            list.Add(watch);
        }
    }

    private (string Path, T Watch)[] TakeAll<T>(Dictionary<string, List<T>> from)
    {
        lock (gate)
        {
            (string, T)[] all = [.. from.SelectMany(entry => entry.Value.Select(watch => (entry.Key, watch)))];
            from.Clear();
            return all;
        }
    }
}
