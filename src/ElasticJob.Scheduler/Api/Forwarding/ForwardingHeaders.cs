using Microsoft.AspNetCore.Http;

namespace ElasticJob.Scheduler.Api.Forwarding;

/// <summary>The headers with which schedulers speak to each other and of each other.</summary>
internal static class ForwardingHeaders
{
    /// <summary>On every answer: the name of the scheduler that leads, if one does.</summary>
    public const string Leader = "ElasticJob-Leader";

    /// <summary>On a request that a scheduler passes on: its name. Such a request is not passed on again.</summary>
    public const string ForwardedBy = "ElasticJob-Forwarded-By";

    /// <summary>On a request that a scheduler passes on: the address of its caller.</summary>
    public const string ForwardedFor = "X-Forwarded-For";

    /// <summary>Headers that are for one connection only (RFC 9110, 7.6.1), and those that this forwarding sets itself.</summary>
    private static readonly HashSet<string> OneHop = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
        "Host", ForwardedFor, ForwardedBy,
    };

    /// <summary>Whether a header goes on; <paramref name="connection"/> is the value of the header Connection, which may name more that do not.</summary>
    public static bool GoesOn(string name, string connection) =>
        !OneHop.Contains(name) && !connection.Split(',', StringSplitOptions.TrimEntries).Contains(name, StringComparer.OrdinalIgnoreCase);

    public static bool IsForwarded(this HttpRequest request) => request.Headers.ContainsKey(ForwardedBy);
}
