using ElasticJob.ZooKeeper.Wire;

namespace ElasticJob.ZooKeeper;

/// <summary>
/// One operation of a transaction (<see cref="ZooKeeperClient.MultiAsync"/>) or of a bundle of reads (<see cref="ZooKeeperClient.MultiReadAsync"/>).
/// </summary>
public sealed class Operation
{
    /// <summary>Any version.</summary>
    public const int AnyVersion = -1;

    private readonly OpCode op;
    private readonly ReadOnlyMemory<byte> data;
    private readonly int number;
    private readonly IReadOnlyList<Acl>? acl;
    private readonly TimeSpan timeToLive;

    private Operation(OperationKind kind, OpCode op, string path, int number = 0, ReadOnlyMemory<byte> data = default, IReadOnlyList<Acl>? acl = null, TimeSpan timeToLive = default)
    {
        (Kind, this.op, Path, this.number, this.data, this.acl, this.timeToLive) = (kind, op, path, number, data, acl, timeToLive);
    }

    /// <summary>What it does.</summary>
    public OperationKind Kind { get; }

    /// <summary>The node.</summary>
    public string Path { get; }

    internal bool IsRead => Kind is OperationKind.GetData or OperationKind.GetChildren;

    internal bool IsSequential => Kind == OperationKind.Create && IsSequentialMode((CreateMode)number);

    internal OpCode Op => op;

    internal ReadOnlyMemory<byte> Data => data;

    /// <summary>The expected version; of a creation, the mode as a number.</summary>
    internal int Number => number;

    /// <summary>Creates a node. Without <paramref name="acl"/> it gets the client's default.</summary>
    public static Operation Create(
        string path, ReadOnlyMemory<byte> data = default, CreateMode mode = CreateMode.Persistent, IReadOnlyList<Acl>? acl = null, TimeSpan timeToLive = default)
    {
        bool lives = mode is CreateMode.PersistentWithTtl or CreateMode.PersistentSequentialWithTtl;
        if (lives != (timeToLive > TimeSpan.Zero))
        {
            throw new ArgumentException("A time to live belongs to the modes with TTL, and to these only.", nameof(timeToLive));
        }

        OpCode op = lives ? OpCode.CreateTtl : mode == CreateMode.Container ? OpCode.CreateContainer : OpCode.Create2;
        return new Operation(OperationKind.Create, op, path, (int)mode, data, acl, timeToLive);
    }

    /// <summary>Deletes a node without children.</summary>
    public static Operation Delete(string path, int version = AnyVersion) => new(OperationKind.Delete, OpCode.Delete, path, version);

    /// <summary>Sets a node's data.</summary>
    public static Operation SetData(string path, ReadOnlyMemory<byte> data, int version = AnyVersion) => new(OperationKind.SetData, OpCode.SetData, path, version, data);

    /// <summary>Fails the transaction unless the node's data has this version.</summary>
    public static Operation Check(string path, int version) => new(OperationKind.Check, OpCode.Check, path, version);

    /// <summary>Reads a node's data.</summary>
    public static Operation GetData(string path) => new(OperationKind.GetData, OpCode.GetData, path);

    /// <summary>Reads the names of a node's children.</summary>
    public static Operation GetChildren(string path) => new(OperationKind.GetChildren, OpCode.GetChildren, path);

    internal static bool IsSequentialMode(CreateMode mode) =>
        mode is CreateMode.PersistentSequential or CreateMode.EphemeralSequential or CreateMode.PersistentSequentialWithTtl;

    internal void Write(JuteWriter writer, string serverPath, IReadOnlyList<Acl> defaultAcl)
    {
        writer.Text(serverPath);
        switch (Kind)
        {
            case OperationKind.Create:
                writer.Buffer(data.Span);
                Acl.Write(writer, acl ?? defaultAcl);
                writer.Int(number);
                if (op == OpCode.CreateTtl)
                {
                    writer.Long((long)timeToLive.TotalMilliseconds);
                }

                break;
            case OperationKind.SetData:
                writer.Buffer(data.Span);
                writer.Int(number);
                break;
            case OperationKind.Delete or OperationKind.Check:
                writer.Int(number);
                break;
            case OperationKind.GetData or OperationKind.GetChildren:
                writer.Bool(false);
                break;
            default:
                throw new InvalidOperationException($"{Kind} cannot be sent.");
        }
    }
}
