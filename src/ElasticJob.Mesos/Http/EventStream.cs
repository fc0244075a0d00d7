using System.Buffers;
using System.Runtime.CompilerServices;
using ElasticJob.Mesos.Errors;
using ElasticJob.Mesos.RecordIO;
using Google.Protobuf;

namespace ElasticJob.Mesos.Http;

/// <summary>
/// Reads the messages of one open event stream. A stream that stays silent for longer than <see cref="Silence"/> is taken for dead:
/// a partition does not close connections.
/// </summary>
internal sealed class EventStream<T>(HttpResponseMessage response, MessageParser<T> parser, TimeProvider time)
    where T : IMessage<T>
{
    /// <summary>How long nothing may arrive, heartbeats included; infinite while not known.</summary>
    public TimeSpan Silence { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>Yields until the other side closes the stream.</summary>
    /// <exception cref="MesosConnectionLostException">The stream broke, fell silent, or is not RecordIO.</exception>
    public async IAsyncEnumerable<T> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using ITimer silence = time.CreateTimer(
            static state => ((CancellationTokenSource)state!).Cancel(), ended, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using IAsyncEnumerator<ReadOnlySequence<byte>> records =
            RecordReader.ReadAsync(stream, ended.Token).GetAsyncEnumerator(ended.Token);
        while (true)
        {
            // Armed only while waiting for the network: a consumer that takes long does not make the stream dead.
            silence.Change(Silence, Timeout.InfiniteTimeSpan);
            T? next = await NextAsync(records, cancellationToken).ConfigureAwait(false);
            silence.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            if (next is null)
            {
                yield break;
            }

            yield return next;
        }
    }

    private async ValueTask<T?> NextAsync(IAsyncEnumerator<ReadOnlySequence<byte>> records, CancellationToken cancellationToken)
    {
        try
        {
            return await records.MoveNextAsync().ConfigureAwait(false) ? parser.ParseFrom(records.Current) : default;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new MesosConnectionLostException(
                $"Nothing arrived on the event stream for {Silence.TotalSeconds:0.#} s, not even a heartbeat: it is taken for dead.");
        }
        catch (Exception e) when (e is IOException or HttpRequestException or InvalidDataException)
        {
            throw new MesosConnectionLostException($"The event stream broke: {e.Message}", e);
        }
    }
}
