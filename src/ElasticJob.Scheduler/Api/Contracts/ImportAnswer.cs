using System.Text.Json.Nodes;

namespace ElasticJob.Scheduler.Api.Contracts;

/// <summary>What would become of a crontab; nothing was stored.</summary>
/// <param name="Format">How it was read (with or without a user column), and why.</param>
/// <param name="TimeZone">Time zone of its schedules, unless <c>CRON_TZ</c> says otherwise.</param>
/// <param name="Lines">Every line that is not blank and no plain comment.</param>
/// <param name="Definitions">The app and its jobs, as <c>apply</c> takes them.</param>
/// <param name="Conflicts">Jobs of these names that belong to other apps; storing would take them over.</param>
public sealed record ImportAnswer(
    string Format, string TimeZone, IReadOnlyList<ImportedLineAnswer> Lines, IReadOnlyList<JsonObject> Definitions, IReadOnlyList<string> Conflicts);

/// <summary>What became of one line.</summary>
/// <param name="Line">Its number, from 1.</param>
/// <param name="Text">The line.</param>
/// <param name="Job">The job that it became.</param>
/// <param name="Carried">Whether it was carried over.</param>
/// <param name="Remarks">Why not, or what is different.</param>
public sealed record ImportedLineAnswer(int Line, string Text, string? Job, bool Carried, IReadOnlyList<string> Remarks);
