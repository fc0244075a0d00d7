namespace ElasticJob.EndToEnd.Tests.Support;

/// <summary>A folder that is gone after the test, with a witness folder for the jobs.</summary>
internal sealed class TestFolder : IDisposable
{
    public TestFolder()
    {
        Path = Directory.CreateTempSubdirectory("elasticjob-e2e-").FullName;
        Witness = Folder("witness");
        Data = System.IO.Path.Combine(Path, "data");
    }

    public string Path { get; }

    /// <summary>The data folder of a platform; not made yet.</summary>
    public string Data { get; }

    public string Witness { get; }

    public string Folder(string name) => Directory.CreateDirectory(System.IO.Path.Combine(Path, name)).FullName;

    public string Write(string name, string text)
    {
        string file = System.IO.Path.Combine(Path, name);
        File.WriteAllText(file, text);
        return file;
    }

    /// <summary>Lets gated shards end.</summary>
    public void OpenGate() => File.WriteAllText(System.IO.Path.Combine(Witness, "open"), "");

    /// <summary>What the jobs themselves wrote.</summary>
    public IReadOnlyList<WitnessLine> Lines()
    {
        string file = System.IO.Path.Combine(Witness, "lines");
        return File.Exists(file) ? [.. File.ReadAllLines(file).Select(WitnessLine.Parse)] : [];
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>One line of a job about one attempt at a shard.</summary>
internal sealed record WitnessLine(string What, string Job, string Run, int Shard, int Attempt, long Fencing, int Process)
{
    public static WitnessLine Parse(string line)
    {
        string[] words = line.Split(' ');
        return new WitnessLine(words[0], words[1], words[2], int.Parse(words[3]), int.Parse(words[4]), long.Parse(words[5]), int.Parse(words[6]));
    }
}
