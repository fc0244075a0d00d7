namespace ElasticJob.Scheduler.Crontabs;

/// <summary>What became of one line of a crontab.</summary>
/// <param name="Line">Its number, from 1.</param>
/// <param name="Text">The line.</param>
/// <param name="Job">The job that it became; absent for variables and for what is not carried over.</param>
/// <param name="Carried">Whether it was carried over.</param>
/// <param name="Remarks">Why not, or what is different.</param>
internal sealed record ImportedLine(int Line, string Text, string? Job, bool Carried, IReadOnlyList<string> Remarks);
