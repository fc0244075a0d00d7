namespace ElasticJob.Events.Queries;

/// <summary>The tables as they were at one moment, in one database's dialect: several statements of one question see the same state.</summary>
internal interface IEventSnapshot
{
    /// <summary>Reads all rows of a query.</summary>
    ValueTask<List<T>> ReadAsync<T>(Selection query, Func<IEventRow, T> row, CancellationToken cancellationToken);

    /// <summary>SQL for the begin of the step in which the time of a column lies.</summary>
    string BeginOf(string column, StatisticsStep step);

    /// <summary>SQL for a time of the views, which has no zone there, as an instant.</summary>
    string InstantOf(string column);
}
