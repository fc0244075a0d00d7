using ElasticJob.ZooKeeper.Wire;

namespace ElasticJob.ZooKeeper.Watches;

/// <summary>Paths of the watches that a new server must know, by kind.</summary>
internal sealed record WatchList(string[] Data, string[] Exist, string[] Children, string[] Persistent, string[] Recursive)
{
    /// <summary>Bytes of paths in one request; far below the servers' limit.</summary>
    private const int BatchBytes = 128 * 1024;

    /// <summary>
    /// Writes the requests that set them all and returns their number. Servers of 3.5 know only the request without persistent watches, so that one
    /// is used when it will do.
    /// </summary>
    public int Write(JuteWriter writer, long lastZxid)
    {
        var todo = new Queue<(int Kind, string Path)>(
            Data.Select(path => (0, path)).Concat(Exist.Select(path => (1, path))).Concat(Children.Select(path => (2, path)))
                .Concat(Persistent.Select(path => (3, path))).Concat(Recursive.Select(path => (4, path))));
        int requests = 0;
        while (todo.Count > 0)
        {
            List<string>[] batch = [[], [], [], [], []];
            for (int bytes = 0; bytes < BatchBytes && todo.TryDequeue(out (int Kind, string Path) next);)
            {
                batch[next.Kind].Add(next.Path);
                bytes += (next.Path.Length * 3) + sizeof(int);
            }

            bool lasting = batch[3].Count + batch[4].Count > 0;
            int frame = writer.BeginFrame();
            writer.Int(Xid.SetWatches);
            writer.Int((int)(lasting ? OpCode.SetWatches2 : OpCode.SetWatches));
            writer.Long(lastZxid);
            foreach (List<string> paths in lasting ? batch : batch[..3])
            {
                writer.Texts(paths);
            }

            writer.EndFrame(frame);
            requests++;
        }

        return requests;
    }
}
