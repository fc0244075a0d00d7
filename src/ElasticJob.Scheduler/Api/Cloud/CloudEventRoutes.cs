using System.Globalization;
using ElasticJob.Events;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Api.Routes;
using ElasticJob.Scheduler.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ElasticJob.Scheduler.Api.Cloud;

/// <summary><c>/api/job/events</c>: the two tables, page by page.</summary>
internal static class CloudEventRoutes
{
    private static readonly string[] ExecutionFilters = ["jobName", "taskId", "ip", "isSuccess"];
    private static readonly string[] TraceFilters = ["jobName", "taskId", "slaveId", "source", "executionType", "state"];

    public static void MapCloudEvents(this IEndpointRouteBuilder api)
    {
        api.MapGet("/job/events/executions", async (HttpRequest request, IEventReports reports, CancellationToken cancellationToken) =>
        {
            Report<ExecutionLogRow> report = await RunHistory.QueryAsync(() => reports.ExecutionLogAsync(Read(request.Query, ExecutionFilters), cancellationToken));
            return TypedResults.Json(new CloudRows<ExecutionLogRow>(report.Total, report.Rows), CloudJson.Default.CloudRowsExecutionLogRow);
        }).RequireAuthorization(Roles.Viewer);
        api.MapGet("/job/events/statusTraces", async (HttpRequest request, IEventReports reports, CancellationToken cancellationToken) =>
        {
            Report<StatusTraceRow> report = await RunHistory.QueryAsync(() => reports.StatusTraceLogAsync(Read(request.Query, TraceFilters), cancellationToken));
            return TypedResults.Json(new CloudRows<StatusTraceRow>(report.Total, report.Rows), CloudJson.Default.CloudRowsStatusTraceRow);
        }).RequireAuthorization(Roles.Viewer);
    }

    private static ReportRequest Read(IQueryCollection query, string[] filters)
    {
        string sort = query["sort"].ToString();
        return new ReportRequest
        {
            Page = Whole(query, "page", 1, int.MaxValue),
            PerPage = Whole(query, "per_page", 10, 1000),
            Sort = sort.Length == 0 ? null : Column(sort),
            Descending = query["order"].ToString().Equals("DESC", StringComparison.OrdinalIgnoreCase),
            Since = Instant(query, "startTime"),
            Until = Instant(query, "endTime"),
            Equal = filters.Where(f => query[f].ToString().Length > 0).ToDictionary(Column, f => query[f].ToString()),
        };
    }

    private static int Whole(IQueryCollection query, string key, int otherwise, int most)
    {
        string text = query[key].ToString();
        return text.Length == 0 ? otherwise
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1 && number <= most ? number
            : throw Refusal.BadRequest($"{key}: '{text}' must be a number from 1{(most == int.MaxValue ? " on" : $" to {most}")}.");
    }

    // What the console of ElasticJob Cloud sends, in UTC; any other form of an instant is understood too.
    private static DateTimeOffset? Instant(IQueryCollection query, string key)
    {
        string text = query[key].ToString();
        return text.Length == 0 ? null
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset at) ? at
            : throw Refusal.BadRequest($"{key}: '{text}' is not a time such as 2026-05-01 12:00:00 (UTC).");
    }

    /// <summary><c>jobName</c> as <c>job_name</c>.</summary>
    private static string Column(string name) =>
        string.Concat(name.Select(c => char.IsAsciiLetterUpper(c) ? $"_{char.ToLowerInvariant(c)}" : c.ToString()));
}
