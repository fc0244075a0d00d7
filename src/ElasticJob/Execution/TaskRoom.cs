using ElasticJob.Logs;

namespace ElasticJob.Execution;

/// <summary>The place where one task's work happens.</summary>
/// <param name="Log">Its log.</param>
/// <param name="Sandbox">The directory that scripts run in by default.</param>
/// <param name="Directory">The task's own directory inside the sandbox.</param>
internal sealed record TaskRoom(TaskLog Log, string Sandbox, string Directory)
{
    /// <summary>How long a script has between SIGTERM and SIGKILL.</summary>
    public TimeSpan KillGrace { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>W3C trace context handed on to scripts and HTTP targets.</summary>
    public string? TraceParent { get; set; }

    /// <summary>The directory of a task: its id with everything that is not safe in a file name replaced.</summary>
    public static string DirectoryName(string taskId)
    {
        string name = string.Concat(taskId.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '@' or '=' or ':' ? c : '_'));
        return name.Trim('.').Length == 0 ? "task" : name;
    }
}
