namespace ElasticJob.Scheduler.Crontabs;

/// <summary>What was read at one line of a crontab: an entry, a variable, or something that is neither.</summary>
internal abstract record CrontabLine(int Number, string Text);

internal sealed record EntryLine(int Number, string Text, CrontabEntry Entry) : CrontabLine(Number, Text);

internal sealed record VariableLine(int Number, string Text, string Name, string Value) : CrontabLine(Number, Text);

internal sealed record FaultyLine(int Number, string Text, string Fault) : CrontabLine(Number, Text);

/// <summary>A comment that would be an entry without its <c>#</c>.</summary>
internal sealed record DisabledLine(int Number, string Text) : CrontabLine(Number, Text);
