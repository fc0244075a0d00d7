using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ElasticJob.EndToEnd.Tests.Support;

/// <summary>A span as it arrived.</summary>
internal sealed record Span(string Service, string Source, string Trace, string Id, string Parent, string Name, ulong Start, ulong End);

/// <summary>An OpenTelemetry collector that takes traces over HTTP with protobuf (opentelemetry-proto, <c>ExportTraceServiceRequest</c>) and remembers them.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication server;
    private readonly ConcurrentQueue<Span> spans = new();

    private Collector()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        server = builder.Build();
        server.MapPost("/v1/traces", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            Read(body.ToArray());
            return Results.Bytes([], "application/x-protobuf");
        });
    }

    public string Address => server.Urls.First();

    public IReadOnlyList<Span> Spans => [.. spans];

    public static async Task<Collector> StartAsync()
    {
        var collector = new Collector();
        await collector.server.StartAsync(TestContext.Current.CancellationToken);
        return collector;
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private void Read(ReadOnlyMemory<byte> request)
    {
        foreach (ReadOnlyMemory<byte> resource in Messages(request, 1))
        {
            string service = Messages(resource, 1).SelectMany(r => Messages(r, 1)).Where(a => Text(a, 1) == "service.name").Select(a => Text(Messages(a, 2).First(), 1)).FirstOrDefault("");
            foreach (ReadOnlyMemory<byte> scope in Messages(resource, 2))
            {
                string source = Messages(scope, 1).Select(s => Text(s, 1)).FirstOrDefault("");
                foreach (ReadOnlyMemory<byte> span in Messages(scope, 2))
                {
                    spans.Enqueue(new Span(service, source, Hex(span, 1), Hex(span, 2), Hex(span, 4), Text(span, 5), Fixed(span, 7), Fixed(span, 8)));
                }
            }
        }
    }

    private static string Hex(ReadOnlyMemory<byte> message, int field) => Messages(message, field).Select(m => Convert.ToHexStringLower(m.Span)).FirstOrDefault("");

    private static string Text(ReadOnlyMemory<byte> message, int field) => Messages(message, field).Select(m => Encoding.UTF8.GetString(m.Span)).FirstOrDefault("");

    private static ulong Fixed(ReadOnlyMemory<byte> message, int field) =>
        Fields(message).Where(f => f.Number == field).Select(f => BinaryPrimitives.ReadUInt64LittleEndian(f.Value.Span)).FirstOrDefault();

    private static IEnumerable<ReadOnlyMemory<byte>> Messages(ReadOnlyMemory<byte> message, int field) => Fields(message).Where(f => f.Number == field && f.Wire == 2).Select(f => f.Value);

    // Protobuf's wire format: a tag (number and type), then a varint, 8 bytes, a length and bytes, or 4 bytes.
    private static IEnumerable<(int Number, int Wire, ReadOnlyMemory<byte> Value)> Fields(ReadOnlyMemory<byte> message)
    {
        int at = 0;
        while (at < message.Length)
        {
            ulong tag = Varint(message, ref at);
            int wire = (int)(tag & 7);
            int start = at;
            int length = 0;
            switch (wire)
            {
                case 0:
                    Varint(message, ref at);
                    length = at - start;
                    break;
                case 1:
                    length = 8;
                    break;
                case 2:
                    length = (int)Varint(message, ref at);
                    start = at;
                    break;
                case 5:
                    length = 4;
                    break;
                default:
                    throw new FormatException($"There is no wire type {wire}.");
            }

            at = start + length;
            yield return ((int)(tag >> 3), wire, message.Slice(start, length));
        }
    }

    private static ulong Varint(ReadOnlyMemory<byte> message, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = message.Span[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
