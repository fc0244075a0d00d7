using System.Net;

namespace ElasticJob.Mesos.Errors;

/// <summary>The other side read the call and refused it; sending the same again does not help.</summary>
public sealed class MesosRefusedException : MesosException
{
    internal MesosRefusedException(string message, HttpStatusCode status, string body)
        : base(message, outcomeUnknown: false)
    {
        Status = status;
        Body = body;
    }

    /// <summary>The HTTP status: 400 (bad call), 401 or 403 (authentication), 404, 406, 415, …</summary>
    public HttpStatusCode Status { get; }

    /// <summary>What the other side said about it, cut at 4,000 characters.</summary>
    public string Body { get; }

    /// <summary>Whether the credentials are what is wrong.</summary>
    public bool IsUnauthorized => Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;
}
