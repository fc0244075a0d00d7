using ElasticJob.Scheduling.Definitions.Reading;

namespace ElasticJob.Scheduler.Access;

/// <summary>
/// What a token that is not for everything may touch: apps and jobs by patterns of their names. Closed by default: what names neither, it may not.
/// </summary>
internal sealed class TokenScope(IReadOnlyList<string> apps, IReadOnlyList<string> jobs)
{
    /// <summary>The scope of a caller; <see langword="null"/> when it may touch everything.</summary>
    public static TokenScope? Of(Caller? caller) =>
        caller?.Token is { } token && (token.Apps is not null || token.Jobs is not null) ? new TokenScope(token.Apps ?? [], token.Jobs ?? []) : null;

    public bool AllowsApp(string name) => apps.Any(p => Matches(p, name));

    public bool AllowsJob(string name) => jobs.Any(p => Matches(p, name));

    /// <summary>A run is named after its job: <c>JOB@TIME</c>.</summary>
    public bool AllowsRun(string id) => id.IndexOf('@', StringComparison.Ordinal) is > 0 and var end && AllowsJob(id[..end]);

    /// <summary>A definition that is to be stored; a job runs inside its app, so both must be allowed.</summary>
    public bool Allows(DefinitionReading reading) =>
        reading.App is { } app ? AllowsApp(app.Name.Value)
        : reading.Job is { } job && AllowsJob(job.Name.Value) && AllowsApp(job.App.Value);

    /// <summary>Greedy, with one way back: linear for one star, and never worse than the product of the lengths.</summary>
    private static bool Matches(string pattern, string name)
    {
        int p = 0, n = 0, star = -1, mark = 0;
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                mark = n;
            }
            else if (p < pattern.Length && pattern[p] == name[n])
            {
                p++;
                n++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                n = ++mark;
            }
            else
            {
                return false;
            }
        }

        return pattern.AsSpan(p).TrimStart('*').IsEmpty;
    }
}
