using System.Text;

namespace ElasticJob.Logs;

/// <summary>Stands in for the console in an executor: what a job prints lands in that task's log.</summary>
internal sealed class TaskConsole(LogRouter router) : TextWriter
{
    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => router.Here.WritePart([value]);

    public override void Write(ReadOnlySpan<char> buffer) => router.Here.WritePart(buffer);

    public override void Write(char[] buffer, int index, int count) => router.Here.WritePart(buffer.AsSpan(index, count));

    public override void Write(string? value) => router.Here.WritePart(value);

    public override void WriteLine(string? value) => router.Here.WritePart($"{value}\n");
}
