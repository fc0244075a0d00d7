using System.Text.Json;
using ElasticJob.Scheduler.Api.Problems;
using Microsoft.AspNetCore.Http;

namespace ElasticJob.Scheduler.Api.Cloud;

/// <summary>The body of a request, whatever it says its type is: ElasticJob Cloud's callers send bare names as <c>application/json</c>.</summary>
internal sealed class HttpRequestBody(HttpContext context, SchedulerApiOptions options)
{
    public Task<string> TextAsync() => Requests.TextAsync(context.Request, options.LargestBody, context.RequestAborted);

    /// <summary>A name: as it is, or as JSON text.</summary>
    public async Task<string> NameAsync()
    {
        string text = (await TextAsync()).Trim();
        if (text.StartsWith('"'))
        {
            try
            {
                using JsonDocument json = JsonDocument.Parse(text);
                text = json.RootElement.GetString() ?? "";
            }
            catch (JsonException)
            {
                throw Refusal.BadRequest("The body must be the name of a job, with or without quotes.");
            }
        }

        return text.Length > 0 ? text : throw Refusal.BadRequest("The body must be the name of a job.");
    }
}
