namespace ElasticJob.Scheduler.Api.Contracts;

/// <summary>The stable codes of refusals.</summary>
public static class ProblemCode
{
    /// <summary>400: the request cannot be read; the detail says where.</summary>
    public const string BadRequest = "badRequest";

    /// <summary>401: no token or session, or a wrong one.</summary>
    public const string Unauthorized = "unauthorized";

    /// <summary>403: the role, or what the token is for, does not allow it.</summary>
    public const string Forbidden = "forbidden";

    /// <summary>403: a write with a session's cookie, but without what shows that the page itself sent it.</summary>
    public const string Csrf = "csrf";

    /// <summary>429: too many attempts to sign in failed; <c>Retry-After</c> says when to try again.</summary>
    public const string TooManyAttempts = "tooManyAttempts";

    /// <summary>404: there is no such app, job, run, task or address.</summary>
    public const string NotFound = "notFound";

    /// <summary>405: the address does not know this method.</summary>
    public const string MethodNotAllowed = "methodNotAllowed";

    /// <summary>409: the present state forbids it.</summary>
    public const string Conflict = "conflict";

    /// <summary>412: another version is stored than <c>If-Match</c> names.</summary>
    public const string VersionMismatch = "versionMismatch";

    /// <summary>413: the body is too large.</summary>
    public const string TooLarge = "tooLarge";

    /// <summary>415: the body is in a form that is not understood here.</summary>
    public const string UnsupportedMediaType = "unsupportedMediaType";

    /// <summary>421: the Host header is none that this server answers to.</summary>
    public const string WrongHost = "wrongHost";

    /// <summary>422: definitions have faults; all of them are listed.</summary>
    public const string InvalidDefinition = "invalidDefinition";

    /// <summary>422: the request is readable but makes no sense.</summary>
    public const string Invalid = "invalid";

    /// <summary>422: the package of an app cannot be used.</summary>
    public const string PackageRefused = "packageRefused";

    /// <summary>502: the agent did not hand out the log.</summary>
    public const string LogUnavailable = "logUnavailable";

    /// <summary>503: this scheduler does not lead, or is starting or stopping.</summary>
    public const string Unavailable = "unavailable";

    /// <summary>500: a mistake of the server; the log has the details.</summary>
    public const string Internal = "internal";
}
