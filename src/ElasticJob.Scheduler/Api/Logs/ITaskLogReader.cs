using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduler.Api.Logs;

/// <summary>Reads the log of a task from the sandbox on its agent.</summary>
public interface ITaskLogReader
{
    /// <summary>Reads a part.</summary>
    /// <param name="task">The task; its agent address, sandbox and log path say where.</param>
    /// <param name="offset">First byte.</param>
    /// <param name="length">Most bytes; 0 only asks for the size.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TaskLogException">The log cannot be read.</exception>
    ValueTask<TaskLogPart> ReadAsync(TaskView task, long offset, int length, CancellationToken cancellationToken);
}

/// <summary>A part of a log.</summary>
/// <param name="Data">The bytes from the offset on; empty at the end.</param>
/// <param name="Size">Size of the whole log now, in bytes.</param>
public readonly record struct TaskLogPart(ReadOnlyMemory<byte> Data, long Size);

/// <summary>A log cannot be read.</summary>
/// <param name="message">Why, and what to do.</param>
/// <param name="inner">The cause, if there is one.</param>
public sealed class TaskLogException(string message, Exception? inner = null) : Exception(message, inner);
