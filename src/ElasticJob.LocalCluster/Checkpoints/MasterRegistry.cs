using System.Text;
using Google.Protobuf;

namespace ElasticJob.Local.Checkpoints;

/// <summary>What the master must not forget: its id, the frameworks, those that are over, and the agents.</summary>
internal sealed class MasterRegistry
{
    private const int CompletedKept = 1000;
    private const byte MasterId = 1;
    private const byte Framework = 2;
    private const byte Completed = 3;
    private const byte Agent = 4;
    private const byte Sequence = 5;
    private readonly string _path;

    public MasterRegistry(string directory)
    {
        Directory.CreateDirectory(directory);
        _path = Path.Combine(directory, "registry");
        foreach ((byte kind, byte[] record) in RecordFile.Read(_path))
        {
            switch (kind)
            {
                case MasterId: Id = Encoding.UTF8.GetString(record); break;
                case Framework: Frameworks.Add(FrameworkInfo.Parser.ParseFrom(record)); break;
                case Completed: CompletedFrameworks.Add(FrameworkInfo.Parser.ParseFrom(record)); break;
                case Agent: Agents.Add(AgentInfo.Parser.ParseFrom(record)); break;
                case Sequence: NextFramework = int.Parse(Encoding.UTF8.GetString(record), System.Globalization.CultureInfo.InvariantCulture); break;
                default: break;
            }
        }
    }

    public string Id { get; private set; } = Guid.NewGuid().ToString();

    public List<FrameworkInfo> Frameworks { get; } = [];

    public List<FrameworkInfo> CompletedFrameworks { get; } = [];

    public List<AgentInfo> Agents { get; } = [];

    private int NextFramework { get; set; }

    public FrameworkID NewFrameworkId() => new() { Value = $"{Id}-{NextFramework++:D4}" };

    public void Keep(FrameworkInfo framework)
    {
        Frameworks.RemoveAll(known => known.Id.Equals(framework.Id));
        Frameworks.Add(framework);
        Save();
    }

    public void Complete(FrameworkInfo framework)
    {
        Frameworks.RemoveAll(known => known.Id.Equals(framework.Id));
        CompletedFrameworks.Add(framework);
        if (CompletedFrameworks.Count > CompletedKept)
        {
            CompletedFrameworks.RemoveAt(0);
        }

        Save();
    }

    public void Keep(AgentInfo agent)
    {
        Agents.RemoveAll(known => known.Id.Equals(agent.Id));
        Agents.Add(agent);
        Save();
    }

    private void Save() => RecordFile.Replace(_path, Records());

    private IEnumerable<(byte Kind, byte[] Record)> Records()
    {
        yield return (MasterId, Encoding.UTF8.GetBytes(Id));
        yield return (Sequence, Encoding.UTF8.GetBytes(NextFramework.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        foreach (FrameworkInfo framework in Frameworks)
        {
            yield return (Framework, framework.ToByteArray());
        }

        foreach (FrameworkInfo framework in CompletedFrameworks)
        {
            yield return (Completed, framework.ToByteArray());
        }

        foreach (AgentInfo agent in Agents)
        {
            yield return (Agent, agent.ToByteArray());
        }
    }
}
