using System.Data;
using ElasticJob.Events.Postgres;
using ElasticJob.Events.Queries;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.Views;
using Npgsql;

namespace ElasticJob.Events;

/// <content>The queries; they run on connections of their own and see one commit each.</content>
public sealed partial class PostgresEventStore
{
    /// <inheritdoc/>
    public ValueTask<Page<RunView>> RunsAsync(RunFilter filter, PageRequest page, CancellationToken cancellationToken) =>
        AskAsync(snapshot => EventQuestions.RunsAsync(snapshot, filter, page, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<RunView?> FindRunAsync(string run, CancellationToken cancellationToken) =>
        AskAsync(snapshot => EventQuestions.FindRunAsync(snapshot, run, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Page<TaskView>> TasksAsync(string run, PageRequest page, CancellationToken cancellationToken) =>
        AskAsync(snapshot => EventQuestions.TasksAsync(snapshot, run, page, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<TaskView?> FindTaskAsync(string task, CancellationToken cancellationToken) =>
        AskAsync(snapshot => EventQuestions.FindTaskAsync(snapshot, task, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Page<LedgerEntry>> LedgerAsync(LedgerFilter filter, PageRequest page, CancellationToken cancellationToken) =>
        AskAsync(snapshot => EventQuestions.LedgerAsync(snapshot, filter, page, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Page<SchedulerEvent>> EventsAsync(EventFilter filter, PageRequest page, CancellationToken cancellationToken) =>
        AskAsync(snapshot => EventQuestions.EventsAsync(snapshot, filter, page, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Page<ExecutionView>> ExecutionsAsync(ExecutionFilter filter, PageRequest page, CancellationToken cancellationToken) =>
        AskAsync(snapshot => EventQuestions.ExecutionsAsync(snapshot, filter, page, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StatisticsPoint>> StatisticsAsync(StatisticsRequest request, CancellationToken cancellationToken) =>
        AskAsync(snapshot => EventQuestions.StatisticsAsync(snapshot, request, cancellationToken), cancellationToken);

    // One read transaction, so that several statements of one question see the same state.
    private async ValueTask<T> AskAsync<T>(Func<IEventSnapshot, ValueTask<T>> question, CancellationToken cancellationToken)
    {
        try
        {
            await using NpgsqlConnection connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using NpgsqlTransaction transaction =
                await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken).ConfigureAwait(false);
            await ExecuteAsync(connection, $"{searchPath}; set transaction read only", cancellationToken).ConfigureAwait(false);
            T answer = await question(new PostgresSnapshot(connection)).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return answer;
        }
        catch (Exception e) when (PostgresFailure.Is(e))
        {
            throw PostgresFailure.Describe(e, place);
        }
    }
}
