using System.Text.Json.Nodes;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Api.Routes;
using Microsoft.AspNetCore.Http;

namespace ElasticJob.Scheduler.Api.Cloud;

/// <summary>What ElasticJob Cloud's callers register and change: apps and jobs.</summary>
/// <param name="Kind">Its kind, as messages name it.</param>
/// <param name="NameKey">The member of a request that has its name.</param>
/// <param name="Register">How a new one is stored.</param>
/// <param name="Change">How one that is there is changed.</param>
internal sealed record CloudResource(string Kind, string NameKey, string Register, string Change)
{
    public static readonly CloudResource App = new("app", "appName", "POST /api/app", "PUT /api/app");

    public static readonly CloudResource Job = new("job", "jobName", "POST /api/job/register", "PUT /api/job/update");

    /// <summary>Stores what a caller wrote, if it is new where it must be and there where it must be.</summary>
    /// <param name="context">The request.</param>
    /// <param name="applying">Stores definitions.</param>
    /// <param name="keys">What the caller wrote.</param>
    /// <param name="isNew">Whether it must not be there yet.</param>
    /// <param name="version">The version that is stored; null if there is none.</param>
    /// <param name="write">Makes the definition; called once it may be stored.</param>
    public async Task<IResult> StoreAsync(HttpContext context, Applying applying, CloudKeys keys, bool isNew, long? version, Func<JsonObject> write)
    {
        string? name = keys.Text(NameKey);
        if (isNew && version is not null)
        {
            throw new Refusal(409, ProblemCode.Conflict, $"{NameKey}: {Kind} '{name}' exists already; change it with {Change}.");
        }

        if (!isNew && version is null && keys.Has(NameKey))
        {
            throw Refusal.NotFound($"{NameKey}: there is no {Kind} '{name}'; register it with {Register}.");
        }

        await CloudFaults.ApplyAsync(applying, context, write(), $"{Kind}/{name}", version ?? 0);
        CloudApi.TellUnused(context, keys);
        return TypedResults.Ok();
    }
}
