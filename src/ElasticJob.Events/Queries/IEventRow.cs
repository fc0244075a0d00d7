namespace ElasticJob.Events.Queries;

/// <summary>The current row of an answer; columns count from 0.</summary>
internal interface IEventRow
{
    string? Text(int column);

    long? Number(int column);

    double? Real(int column);

    DateTimeOffset? Time(int column);
}
