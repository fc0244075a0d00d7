using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Commands;
using Microsoft.AspNetCore.Http;

namespace ElasticJob.Scheduler.Api.Security;

/// <summary>
/// Writes that were refused before the core saw them (a role that is too low, a fault in the body) are in the audit log, too. What the core carried
/// out or refused is there already, in the same commit.
/// </summary>
internal static class RefusedWrite
{
    private static readonly object Detail = new();
    private static readonly object Audited = new();

    public static void Remember(HttpContext context, string detail) => context.Items[Detail] = detail;

    public static void Settle(HttpContext context, bool isAudited)
    {
        if (isAudited)
        {
            context.Items[Audited] = Audited;
        }
    }

    public static bool IsWrite(HttpContext context) =>
        !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method) && !HttpMethods.IsOptions(context.Request.Method);

    public static async Task RecordAsync(HttpContext context, ISchedulerLoop loop)
    {
        if (context.Response.StatusCode is < 400 or >= 500 || context.User.Identity?.IsAuthenticated != true || context.GetEndpoint() is null
            || !IsWrite(context) || context.Items.ContainsKey(Audited))
        {
            return;
        }

        try
        {
            await loop.SubmitAsync(new Command.Note(Requests.ActorOf(context), context.Items[Detail] as string ?? $"answered {context.Response.StatusCode}"));
        }
        catch (SchedulerUnavailableException)
        {
            // Whoever cannot write has refused the request for that reason; the log line has it.
        }
    }
}
