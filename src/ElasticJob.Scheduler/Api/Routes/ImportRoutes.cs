using System.Text.Json.Nodes;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Api.Security;
using ElasticJob.Scheduler.Crontabs;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Definitions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ElasticJob.Scheduler.Api.Routes;

/// <summary><c>/import</c>: what would become of schedules from elsewhere. What is answered is stored by <c>/apply</c>.</summary>
internal static class ImportRoutes
{
    public static void MapImport(this IEndpointRouteBuilder api) =>
        api.MapPost("/import/crontab", async (HttpContext context, bool? userFormat, string? app, string? timeZone, ISchedulerLoop loop, SchedulerApiOptions options, TimeProvider time) =>
        {
            string text = await Requests.TextAsync(context.Request, options.LargestBody, context.RequestAborted);
            return TypedResults.Json(await PreviewAsync(text, userFormat, app ?? "crontab", timeZone, loop, time, context.RequestAborted), ApiJson.Default.ImportAnswer);
        })
        .RequireAuthorization(Roles.Operator).WithName("previewCrontab").WithSummary("What would become of a crontab: a script job per entry, and a report of every line. Stores nothing.")
        .Accepts<string>("text/plain", "*/*").Produces<ImportAnswer>().ProducesProblem(400).ProducesProblem(422);

    private static async Task<ImportAnswer> PreviewAsync(
        string text, bool? userFormat, string app, string? timeZone, ISchedulerLoop loop, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!AppName.TryParse(app, out _))
        {
            throw new Refusal(422, ProblemCode.Invalid, $"app: '{app}' is not a name: use letters, digits, '.', '_' and '-', beginning and ending with a letter or digit, at most 100 characters");
        }

        if (timeZone is not null && !TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out _))
        {
            throw new Refusal(422, ProblemCode.Invalid, $"timeZone: '{timeZone}' is not a known time zone; use an IANA name such as Europe/Berlin or UTC");
        }

        CronSurroundings surroundings = CronSurroundings.OfThisMachine(time);
        surroundings = surroundings with { TimeZone = timeZone ?? surroundings.TimeZone };
        (CrontabFormat format, string reason) = userFormat switch
        {
            true => (CrontabFormat.User, "without a user column, as userFormat says"),
            false => (CrontabFormat.System, "with a user column, as userFormat says"),
            null => CrontabFormatRule.Decide("", text, false, surroundings),
        };
        var import = new CrontabImport(surroundings, app);
        import.Read(text, format);
        JobName[] names = [.. import.Lines.Select(l => l.Job).OfType<string>().Select(n => new JobName(n))];
        string[] conflicts = await loop.ReadAsync(
            view => names.Select(view.FindJob).Where(j => j is not null && j.Definition.App.Value != app)
                .Select(j => $"{j!.Definition.Name} belongs to app {j.Definition.App}").ToArray(),
            cancellationToken);
        return new ImportAnswer(
            reason,
            surroundings.TimeZone,
            [.. import.Lines.Select(l => new ImportedLineAnswer(l.Line, l.Text, l.Job, l.Carried, l.Remarks))],
            [.. import.Definitions.Cast<JsonObject>()],
            conflicts);
    }
}
