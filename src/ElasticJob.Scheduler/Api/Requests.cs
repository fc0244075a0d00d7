using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using ElasticJob.Scheduler.Access;
using ElasticJob.Scheduler.Api.Documents;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Definitions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace ElasticJob.Scheduler.Api;

/// <summary>Reads the parts of requests that several resources share.</summary>
internal static class Requests
{
    /// <summary>Who asks, from where, and by which operation about what: with it, whatever command it is put into is in the audit log.</summary>
    public static Actor ActorOf(HttpContext context) => new(context.User.Identity?.Name ?? "nobody")
    {
        Remote = RemoteOf(context),
        Operation = context.GetEndpoint()?.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName ?? $"{context.Request.Method} {context.Request.Path}",
        Subject = (context.GetRouteValue("name") ?? context.GetRouteValue("id"))?.ToString(),
    };

    /// <summary>Who asks, where an endpoint lets nobody unknown in.</summary>
    public static Caller CallerOf(HttpContext context) =>
        context.Features.Get<Caller>() ?? throw new Refusal(401, ProblemCode.Unauthorized, ProblemWriter.NoToken);

    /// <summary>What the token of the request is for; <see langword="null"/> when everything.</summary>
    public static TokenScope? ScopeOf(HttpContext context) => TokenScope.Of(context.Features.Get<Caller>());

    public static string? RemoteOf(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString() : null;

    public static AppName App(string name) =>
        AppName.TryParse(name, out AppName app) ? app : throw Refusal.NotFound($"There is no app '{name}'.");

    public static JobName Job(string name) =>
        JobName.TryParse(name, out JobName job) ? job : throw Refusal.NotFound($"There is no job '{name}'.");

    public static int Limit(int? limit, int otherwise = 50) => limit switch
    {
        null => otherwise,
        >= 1 and <= 1000 => limit.Value,
        _ => throw Refusal.BadRequest($"limit: must be 1 to 1000, not {limit}."),
    };

    /// <summary>An instant in ISO 8601, or a duration back from now such as <c>1h</c>.</summary>
    public static DateTimeOffset? Instant(string key, string? text, TimeProvider time)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (Scheduling.Definitions.Reading.DurationText.TryParse(text, out TimeSpan back))
        {
            DateTimeOffset now = time.GetUtcNow();
            return back < now - DateTimeOffset.UnixEpoch ? now - back : DateTimeOffset.UnixEpoch;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset instant)
            ? instant
            : throw Refusal.BadRequest($"{key}: '{text}' is neither an instant such as 2026-05-01T12:00:00Z nor a time back from now such as 1h.");
    }

    public static TEnum? Choice<TEnum>(string key, string? text)
        where TEnum : struct, Enum
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return Enum.TryParse(text, ignoreCase: true, out TEnum value) && Enum.IsDefined(value) && !char.IsAsciiDigit(text[0]) && text[0] is not ('-' or '+')
            ? value
            : throw Refusal.BadRequest($"{key}: '{text}' is none of {string.Join(", ", Enum.GetNames<TEnum>().Select(JsonNamingPolicy.CamelCase.ConvertName))}.");
    }

    /// <summary>The definitions in the body: YAML or JSON by its content type, YAML when it says nothing.</summary>
    public static async Task<IReadOnlyList<JsonNode>> DocumentsAsync(HttpRequest request, SchedulerApiOptions options, CancellationToken cancellationToken)
    {
        string? type = MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? parsed) ? parsed.MediaType.Value?.ToLowerInvariant() : null;
        bool json = type is "application/json" || type?.EndsWith("+json", StringComparison.Ordinal) == true;
        if (!json && type is not (null or "application/yaml" or "application/x-yaml" or "text/yaml" or "text/x-yaml" or "text/plain" or "application/octet-stream"))
        {
            throw new Refusal(415, ProblemCode.UnsupportedMediaType, $"'{type}' is not understood here; send application/yaml or application/json.");
        }

        string text = await TextAsync(request, options.LargestBody, cancellationToken);
        return json ? DocumentText.ReadJson(text) : DocumentText.ReadYaml(text);
    }

    /// <summary>A JSON body; an absent one is <paramref name="otherwise"/>.</summary>
    public static async Task<T> BodyAsync<T>(HttpRequest request, SchedulerApiOptions options, JsonTypeInfo<T> type, T otherwise, CancellationToken cancellationToken)
    {
        string text = await TextAsync(request, options.LargestBody, cancellationToken);
        if (string.IsNullOrWhiteSpace(text))
        {
            return otherwise;
        }

        if (!request.HasJsonContentType())
        {
            throw new Refusal(415, ProblemCode.UnsupportedMediaType, "Send application/json.");
        }

        try
        {
            return JsonSerializer.Deserialize(text, type) ?? otherwise;
        }
        catch (JsonException e)
        {
            throw Refusal.BadRequest($"The body cannot be read{(e.Path is null or "$" ? "" : $" at {e.Path}")}: {e.Message.Split(" Path:")[0]}");
        }
    }

    /// <summary>The version that <c>If-Match</c> names (or 0 for <c>If-None-Match: *</c>); null when the caller does not care.</summary>
    public static long? ExpectedVersion(HttpRequest request)
    {
        string match = request.Headers.IfMatch.ToString();
        if (match.Length == 0 || match == "*")
        {
            return request.Headers.IfNoneMatch == "*" ? 0 : null;
        }

        return long.TryParse(match.Trim().Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out long version) && version > 0
            ? version
            : throw Refusal.BadRequest($"If-Match: {match} is not an ETag of a definition, such as \"3\".");
    }

    public static void TagWith(HttpContext context, long version) =>
        context.Response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>Refuses what the core refused.</summary>
    public static CommandResult Accepted(CommandResult result, bool conditional = false) => result.Status switch
    {
        CommandStatus.Done => result,
        CommandStatus.NotFound => throw Recorded(404, ProblemCode.NotFound, result.Message ?? "There is no such thing."),
        CommandStatus.Conflict when conditional => throw Recorded(412, ProblemCode.VersionMismatch, result.Message ?? "Another version is stored."),
        CommandStatus.Conflict => throw Recorded(409, ProblemCode.Conflict, result.Message ?? "The present state forbids it."),
        _ => throw Recorded(422, ProblemCode.Invalid, result.Message ?? "The request makes no sense."),
    };

    private static Refusal Recorded(int status, string code, string detail) => new(status, code, detail) { IsAudited = true };

    /// <summary>The body as text.</summary>
    public static async Task<string> TextAsync(HttpRequest request, int largest, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream();
        byte[] chunk = new byte[16 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(chunk, cancellationToken)) > 0)
        {
            buffer.Write(chunk, 0, read);
            if (buffer.Length > largest)
            {
                throw new Refusal(413, ProblemCode.TooLarge, $"The body is larger than {largest} bytes; send it in parts.");
            }
        }

        try
        {
            string text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
            return text.StartsWith('\uFEFF') ? text[1..] : text;
        }
        catch (DecoderFallbackException)
        {
            throw Refusal.BadRequest("The body is not UTF-8 text.");
        }
    }
}
