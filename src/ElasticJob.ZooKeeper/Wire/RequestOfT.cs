namespace ElasticJob.ZooKeeper.Wire;

/// <summary>Reads the body of a good answer.</summary>
internal delegate T ReadReply<out T>(ref JuteReader reply);

/// <summary>A request whose answer is a <typeparamref name="T"/>.</summary>
internal sealed class Request<T>(OpCode op, string? path, bool isWrite, Action<JuteWriter> write, ReadReply<T> read) : Request(op, path, isWrite)
{
    private readonly TaskCompletionSource<T> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Answer => answer.Task;

    /// <summary>Whether "no node" is an answer (the default value) and not an error.</summary>
    public bool NoNodeIsDefault { get; init; }

    public override void Write(JuteWriter writer) => write(writer);

    public override void Complete(ZooKeeperError error, ref JuteReader reply)
    {
        if (error == ZooKeeperError.Ok)
        {
            T value;
            try
            {
                value = read(ref reply);
            }
            catch (ZooKeeperException refused)
            {
                answer.TrySetException(refused);
                return;
            }

            answer.TrySetResult(value);
        }
        else if (NoNodeIsDefault && error == ZooKeeperError.NoNode)
        {
            answer.TrySetResult(default!);
        }
        else
        {
            answer.TrySetException(ZooKeeperException.For(error, Path));
        }
    }

    public override void Fail(Exception exception) => answer.TrySetException(exception);

    public override void Cancel(CancellationToken cancellationToken)
    {
        _ = Withdraw();
        answer.TrySetCanceled(cancellationToken);
    }
}
