using System.Buffers;
using System.Text;
using ElasticJob.Mesos.RecordIO;

namespace ElasticJob.Mesos.Tests.RecordIO;

public sealed class RecordReaderTests
{
    [Fact]
    public async Task ReadAsync_StreamOfTwoRecords_YieldsBoth()
    {
        (await Read("5\nhello0\n11\nhello world"u8.ToArray())).ShouldBe(["hello", "", "hello world"]);
    }

    [Fact]
    public async Task ReadAsync_StreamInSingleBytes_YieldsTheSame()
    {
        using var stream = new TricklingStream("5\nhello11\nhello world"u8.ToArray());
        var records = new List<string>();
        await foreach (ReadOnlySequence<byte> record in RecordReader.ReadAsync(stream, TestContext.Current.CancellationToken))
        {
            records.Add(Encoding.UTF8.GetString(record));
        }

        records.ShouldBe(["hello", "hello world"]);
    }

    [Fact]
    public async Task ReadAsync_StreamEndsInsideRecord_Throws() =>
        await Should.ThrowAsync<EndOfStreamException>(() => Read("5\nhel"u8.ToArray()));

    [Theory]
    [InlineData("x\nhello")]
    [InlineData("\nhello")]
    [InlineData("99999999999\n")]
    [InlineData("this is not a record stream at all")]
    public async Task ReadAsync_BrokenHeader_Throws(string text) =>
        await Should.ThrowAsync<InvalidDataException>(() => Read(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public async Task Write_ThenRead_RoundTrips()
    {
        var buffer = new ArrayBufferWriter<byte>();
        RecordWriter.Write(buffer, "one"u8);
        RecordWriter.Write(buffer, new byte[100_000]);
        (await Read(buffer.WrittenMemory.ToArray())).Select(r => r.Length).ShouldBe([3, 100_000]);
    }

    private static async Task<List<string>> Read(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        var records = new List<string>();
        await foreach (ReadOnlySequence<byte> record in RecordReader.ReadAsync(stream, TestContext.Current.CancellationToken))
        {
            records.Add(Encoding.UTF8.GetString(record));
        }

        return records;
    }

    /// <summary>Gives one byte a read, as a slow network may.</summary>
    private sealed class TricklingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(1, buffer.Length)], cancellationToken);
    }
}
