using ElasticJob.ZooKeeper.Wire;

namespace ElasticJob.ZooKeeper;

/// <content>Transactions and bundles of reads.</content>
public sealed partial class ZooKeeperClient
{
    /// <summary>Does all operations in one transaction, or none. Together they must fit into one request (about 1 MB).</summary>
    /// <exception cref="ZooKeeperMultiException">An operation failed; it tells which.</exception>
    /// <exception cref="ZooKeeperConnectionLostException">No answer came; all or none of it was done.</exception>
    public Task<IReadOnlyList<OperationResult>> MultiAsync(IReadOnlyList<Operation> operations, CancellationToken cancellationToken = default) =>
        BundleAsync(OpCode.Multi, operations, cancellationToken);

    /// <summary>Reads many nodes with one request. Each result tells by itself whether it failed. Servers from 3.6 on.</summary>
    public Task<IReadOnlyList<OperationResult>> MultiReadAsync(IReadOnlyList<Operation> operations, CancellationToken cancellationToken = default) =>
        BundleAsync(OpCode.MultiRead, operations, cancellationToken);

    private Task<IReadOnlyList<OperationResult>> BundleAsync(OpCode op, IReadOnlyList<Operation> operations, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(operations);
        bool reads = op == OpCode.MultiRead;
        if (operations.FirstOrDefault(operation => operation.IsRead != reads) is { } wrong)
        {
            throw new ArgumentException(
                reads ? $"{wrong.Kind} {wrong.Path} is not a read; a bundle of reads holds GetData and GetChildren." : $"{wrong.Kind} {wrong.Path} is a read; a transaction holds none.",
                nameof(operations));
        }

        if (operations.Count == 0)
        {
            return Task.FromResult<IReadOnlyList<OperationResult>>([]);
        }

        string[] onServer = [.. operations.Select(operation => paths.OnServer(operation.Path, operation.IsSequential))];
        return SendAsync(
            op,
            operations[0].Path,
            isWrite: !reads,
            writer =>
            {
                for (int i = 0; i < onServer.Length; i++)
                {
                    WriteMultiHeader(writer, operations[i].Op, done: false);
                    operations[i].Write(writer, onServer[i], options.DefaultAcl);
                }

                WriteMultiHeader(writer, OpCode.Error, done: true);
            },
            (ref reply) => ReadResults(ref reply, operations, failsWhole: !reads),
            cancellationToken);
    }

    private static void WriteMultiHeader(JuteWriter writer, OpCode op, bool done)
    {
        writer.Int((int)op);
        writer.Bool(done);
        writer.Int(-1);
    }

    private IReadOnlyList<OperationResult> ReadResults(ref JuteReader reply, IReadOnlyList<Operation> operations, bool failsWhole)
    {
        var results = new OperationResult[operations.Count];
        for (int i = 0; i < results.Length; i++)
        {
            var op = (OpCode)reply.Int();
            if (reply.Bool())
            {
                throw new InvalidDataException($"A bundle of {results.Length} operations has {i} results.");
            }

            reply.Int();
            results[i] = ReadResult(ref reply, op, operations[i]);
        }

        int failed = Array.FindIndex(results, result => result.Error is not (ZooKeeperError.Ok or ZooKeeperError.RuntimeInconsistency));
        if (failed < 0)
        {
            failed = Array.FindIndex(results, result => result.Error != ZooKeeperError.Ok);
        }

        if (failsWhole && failed >= 0)
        {
            OperationResult first = results[failed];
            throw new ZooKeeperMultiException(
                first.Error,
                $"The transaction was refused at operation {failed} of {results.Length} ({first.Kind}): {ZooKeeperException.Describe(first.Error, first.Path)}",
                first.Path,
                failed,
                results);
        }

        return results;
    }

    private OperationResult ReadResult(ref JuteReader reply, OpCode op, Operation operation)
    {
        OperationKind kind = operation.Kind;
        const ZooKeeperError Ok = ZooKeeperError.Ok;
        return op switch
        {
            OpCode.Create2 => new OperationResult(kind, Ok, paths.FromServer(reply.Text()), Stat.Read(ref reply)),

            // Some servers answer so for a node with a time to live, without its numbers.
            OpCode.Create => new OperationResult(kind, Ok, paths.FromServer(reply.Text())),
            OpCode.SetData => new OperationResult(kind, Ok, operation.Path, Stat.Read(ref reply)),
            OpCode.Delete or OpCode.Check => new OperationResult(kind, Ok, operation.Path),
            OpCode.GetData => new OperationResult(kind, Ok, operation.Path, Data: reply.Buffer(), Stat: Stat.Read(ref reply)),
            OpCode.GetChildren => new OperationResult(kind, Ok, operation.Path, Children: reply.Texts()),
            OpCode.Error => new OperationResult(kind, (ZooKeeperError)reply.Int(), operation.Path),
            _ => throw new InvalidDataException($"A bundle has a result of the unknown kind {(int)op}."),
        };
    }
}
