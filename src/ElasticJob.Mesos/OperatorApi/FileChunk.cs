namespace ElasticJob.Mesos.OperatorApi;

/// <summary>A piece of a file in a sandbox.</summary>
/// <param name="Size">Size of the whole file, in bytes, at that moment.</param>
/// <param name="Data">The bytes from the offset asked for; empty at or after the end.</param>
public sealed record FileChunk(ulong Size, ReadOnlyMemory<byte> Data);
