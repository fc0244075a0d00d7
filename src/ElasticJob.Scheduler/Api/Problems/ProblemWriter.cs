using System.Globalization;
using ElasticJob.Events;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Documents;
using ElasticJob.Scheduler.Api.Security;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduler.Packages;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Scheduler.Api.Problems;

/// <summary>Turns whatever ends a request badly into problem+json; the innermost part of an unforeseen error goes to the log only.</summary>
internal sealed class ProblemWriter(RequestDelegate next, ILogger<ProblemWriter> logger)
{
    public const string NoToken = "Sign in, or send the header 'Authorization: Bearer TOKEN'; the first token is in secrets/api-token of the data folder.";

    public const string NoRight = "Your role does not allow it.";

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null, ContentType: null })
            {
                (string code, string detail) = context.Response.StatusCode switch
                {
                    400 => (ProblemCode.BadRequest, "The request cannot be read."),
                    401 => (ProblemCode.Unauthorized, NoToken),
                    403 => (ProblemCode.Forbidden, NoRight),
                    404 => (ProblemCode.NotFound, $"There is nothing at {context.Request.Path}; /openapi/v1.json lists the addresses."),
                    405 => (ProblemCode.MethodNotAllowed, $"{context.Request.Path} does not know {context.Request.Method}."),
                    413 => (ProblemCode.TooLarge, "The body is too large."),
                    415 => (ProblemCode.UnsupportedMediaType, "Send application/json, or application/yaml for definitions."),
                    _ => (ProblemCode.Internal, "The server could not answer; its log says why."),
                };
                await WriteAsync(context, context.Response.StatusCode, code, detail);
            }
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there any more to be told.
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            await AnswerAsync(context, e);
        }
    }

    public static Task WriteAsync(HttpContext context, int status, string code, string detail, IReadOnlyList<DocumentFault>? faults = null, string? leader = null)
    {
        context.Response.StatusCode = status;
        RefusedWrite.Remember(context, detail);
        var problem = new Problem
        {
            Type = $"/problems/{code}",
            Title = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status),
            Status = status,
            Code = code,
            Detail = detail,
            Faults = faults,
            Leader = leader,
        };
        return context.Response.WriteAsJsonAsync(problem, ApiJson.Default.Problem, "application/problem+json");
    }

    private Task AnswerAsync(HttpContext context, Exception exception)
    {
        switch (exception)
        {
            case Refusal r:
                RefusedWrite.Settle(context, r.IsAudited);
                if (r.RetryAfter is { } wait)
                {
                    context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
                }

                return WriteAsync(context, r.Status, r.Code, r.Message, r.Faults);
            case SchedulerUnavailableException e:
                context.Response.Headers.RetryAfter = "2";
                return WriteAsync(context, 503, ProblemCode.Unavailable, e.Message);
            case EventStoreException e:
                ApiLog.StoreFailed(logger, e);
                context.Response.Headers.RetryAfter = "5";
                return WriteAsync(context, 503, ProblemCode.Unavailable, e.Message);
            case PackageException e:
                return WriteAsync(context, 422, ProblemCode.PackageRefused, e.Message);
            case DocumentTextException e:
                return WriteAsync(context, 400, ProblemCode.BadRequest, e.Message);
            case BadHttpRequestException e:
                string code = e.StatusCode switch { 413 => ProblemCode.TooLarge, 415 => ProblemCode.UnsupportedMediaType, _ => ProblemCode.BadRequest };
                return WriteAsync(context, e.StatusCode, code, e.Message);
            default:
                ApiLog.Failed(logger, exception, context.Request.Method, context.Request.Path);
                return WriteAsync(context, 500, ProblemCode.Internal, "The server made a mistake; its log says which.");
        }
    }
}
