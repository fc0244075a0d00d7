using System.Text;
using Google.Protobuf;

namespace ElasticJob.Local.Checkpoints;

/// <summary>
/// Everything an agent must know about one executor after a crash: who it is, its process, its tasks, their updates and which of those were
/// acknowledged. Appended to while the executor lives, deleted when its last update is acknowledged.
/// </summary>
internal sealed class ExecutorJournal : IDisposable
{
    public const byte Framework = 1;
    public const byte Executor = 2;
    public const byte Container = 3;
    public const byte Process = 4;
    public const byte Task = 5;
    public const byte Update = 6;
    public const byte Acknowledgement = 7;
    public const byte TaskDone = 8;
    private const long LargeEnoughToCompact = 1024 * 1024;
    private readonly string _path;
    private readonly ILogger _logger;
    private FileStream _file;
    private long _compactAt = LargeEnoughToCompact;

    public ExecutorJournal(string path, ILogger logger)
    {
        _path = path;
        _logger = logger;
        _file = Open();
    }

    /// <summary>The journal has grown: it is time for <see cref="Compact"/>.</summary>
    public bool IsLarge => _file.Length > _compactAt;

    public void Write(byte kind, IMessage message) => Append(kind, message.ToByteArray());

    public void Write(byte kind, string text) => Append(kind, Encoding.UTF8.GetBytes(text));

    /// <summary>Keeps only the given records, those of what is still alive.</summary>
    public void Compact(IEnumerable<(byte Kind, byte[] Record)> alive)
    {
        _file.Dispose();
        RecordFile.Replace(_path, alive);
        _file = Open();
        _compactAt = Math.Max(LargeEnoughToCompact, _file.Length * 2);
    }

    public void Delete()
    {
        _file.Dispose();
        File.Delete(_path);
    }

    public void Dispose() => _file.Dispose();

    /// <summary>On a full disk the cluster goes on from memory: what is lost is only the recovery of this record after a crash.</summary>
    private void Append(byte kind, byte[] record)
    {
        long end = _file.Length;
        try
        {
            RecordFile.Append(_file, kind, record);
        }
        catch (IOException fault)
        {
            ClusterLog.JournalNotWritten(_logger, _path, fault);
            _file.SetLength(end);
        }
    }

    private FileStream Open() => new(_path, FileMode.Append, FileAccess.Write, FileShare.Read, 0);
}
