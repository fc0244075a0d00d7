using System.Globalization;
using System.Text;
using System.Text.Json;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Logs;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Api.Security;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Views;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Scheduler.Api.Routes;

/// <summary>
/// <c>/runs/{id}/tasks/{task}/log</c>: from the agent's sandbox, or, when that is gone, the last lines from the event store.
/// </summary>
internal sealed class LogRoutes(RunHistory history, SchedulerApiOptions options, TimeProvider time, ILogger<LogRoutes> logger, ITaskLogReader? reader = null)
{
    private const int Chunk = 64 * 1024;
    private const int LongestTail = 1024 * 1024;

    public static void Map(IEndpointRouteBuilder api) =>
        api.MapGet("/runs/{id}/tasks/{task}/log", (string id, string task, long? offset, int? tail, bool? follow, HttpContext context, LogRoutes logs) =>
            logs.ReadAsync(id, task, offset, tail, follow ?? false, context))
        .RequireAuthorization(Roles.Viewer).WithName("getLog").WithSummary("The log of a task as text.").Produces<string>(200, "text/plain").ProducesProblem(404).ProducesProblem(502);

    private async Task ReadAsync(string run, string taskId, long? offset, int? tail, bool follow, HttpContext context)
    {
        CancellationToken cancellationToken = context.RequestAborted;
        if (offset < 0 || tail is < 0 or > 100_000 || (offset is not null && tail is not null))
        {
            throw Refusal.BadRequest("offset is a byte from 0, tail a number of lines up to 100000; give one of them or none.");
        }

        TaskView task = await history.FindTaskAsync(run, taskId, cancellationToken);
        bool events = context.Request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);
        context.Response.ContentType = events ? "text/event-stream; charset=utf-8" : "text/plain; charset=utf-8";
        var output = new LogOutput(context.Response, events);
        long position;
        try
        {
            while (follow && task is { Log: null } && !HasEnded(task.State))
            {
                await output.FlushAsync(cancellationToken);
                await Task.Delay(options.FollowPause, time, cancellationToken);
                task = await history.FindTaskAsync(run, taskId, cancellationToken);
            }

            if (reader is null || task.Log is null || task.Sandbox is null)
            {
                throw new TaskLogException("The task has not said where its log is.");
            }

            position = offset ?? (tail is { } lines ? await TailAsync(task, lines, cancellationToken) : 0);
            TaskLogPart first = await reader.ReadAsync(task, position, Chunk, cancellationToken);
            if (!context.Response.HasStarted)
            {
                context.Response.Headers["ElasticJob-Log-Size"] = first.Size.ToString(CultureInfo.InvariantCulture);
            }

            await output.WriteAsync(first.Data, position + first.Data.Length, cancellationToken);
            position += first.Data.Length;
        }
        catch (TaskLogException e)
        {
            ApiLog.LogUnreadable(logger, taskId, e.Message);
            await FallBackAsync(task, e, output, context);
            return;
        }

        await CopyAsync(run, task, position, follow, output, cancellationToken);
    }

    private async Task CopyAsync(string run, TaskView task, long position, bool follow, LogOutput output, CancellationToken cancellationToken)
    {
        bool ended = HasEnded(task.State);
        try
        {
            while (true)
            {
                TaskLogPart part = await reader!.ReadAsync(task, position, Chunk, cancellationToken);
                if (part.Data.Length > 0)
                {
                    position += part.Data.Length;
                    await output.WriteAsync(part.Data, position, cancellationToken);
                    continue;
                }

                if (!follow || ended)
                {
                    await output.EndAsync(cancellationToken);
                    return;
                }

                // What was written before the task ended is read in one more round after its end was seen.
                await output.FlushAsync(cancellationToken);
                await Task.Delay(options.FollowPause, time, cancellationToken);
                ended = HasEnded((await history.FindTaskAsync(run, task.Id, cancellationToken)).State);
            }
        }
        catch (TaskLogException e)
        {
            ApiLog.LogUnreadable(logger, task.Id, e.Message);
            await output.EndAsync(cancellationToken);
        }
    }

    private static async Task FallBackAsync(TaskView task, TaskLogException reason, LogOutput output, HttpContext context)
    {
        if (task.LastLines is not { Count: > 0 } lines)
        {
            if (context.Response.HasStarted)
            {
                await output.EndAsync(context.RequestAborted);
                return;
            }

            throw new Refusal(502, ProblemCode.LogUnavailable, $"The log of task '{task.Id}' cannot be read: {reason.Message}");
        }

        if (!context.Response.HasStarted)
        {
            context.Response.Headers["ElasticJob-Log"] = "lastLines";
        }

        byte[] text = Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n");
        await output.WriteAsync(text, text.Length, context.RequestAborted);
        await output.EndAsync(context.RequestAborted);
    }

    private async Task<long> TailAsync(TaskView task, int lines, CancellationToken cancellationToken)
    {
        long size = (await reader!.ReadAsync(task, 0, 0, cancellationToken)).Size;
        if (lines == 0)
        {
            return size;
        }

        long end = size;
        int left = lines;
        bool last = true;
        while (end > 0 && size - end < LongestTail)
        {
            long start = Math.Max(0, end - Chunk);
            ReadOnlyMemory<byte> data = (await reader.ReadAsync(task, start, (int)(end - start), cancellationToken)).Data;
            if (data.Length < end - start)
            {
                return start;
            }

            for (int i = data.Length - 1; i >= 0; i--)
            {
                if (data.Span[i] == (byte)'\n' && !last && --left <= 0)
                {
                    return start + i + 1;
                }

                last = false;
            }

            end = start;
        }

        return end;
    }

    private static bool HasEnded(TaskState state) =>
        state is TaskState.Finished or TaskState.Failed or TaskState.Killed or TaskState.Error or TaskState.Lost
            or TaskState.Dropped or TaskState.Gone or TaskState.GoneByOperator;

    /// <summary>Log bytes as plain text, or as events whose ids are the byte offset to go on from.</summary>
    private sealed class LogOutput(HttpResponse response, bool events)
    {
        private readonly Decoder decoder = Encoding.UTF8.GetDecoder();

        public async Task WriteAsync(ReadOnlyMemory<byte> data, long next, CancellationToken cancellationToken)
        {
            if (data.Length == 0)
            {
                return;
            }

            if (!events)
            {
                await response.Body.WriteAsync(data, cancellationToken);
                return;
            }

            char[] chars = new char[Encoding.UTF8.GetMaxCharCount(data.Length)];
            int count = decoder.GetChars(data.Span, chars, flush: false);
            string json = JsonEncodedText.Encode(chars.AsSpan(0, count)).ToString();
            await response.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"id: {next}\nevent: log\ndata: \"{json}\"\n\n"), cancellationToken);
        }

        public Task FlushAsync(CancellationToken cancellationToken) => response.Body.FlushAsync(cancellationToken);

        public async Task EndAsync(CancellationToken cancellationToken)
        {
            if (events)
            {
                await response.WriteAsync("event: end\ndata: \"\"\n\n", cancellationToken);
            }

            await FlushAsync(cancellationToken);
        }
    }
}
