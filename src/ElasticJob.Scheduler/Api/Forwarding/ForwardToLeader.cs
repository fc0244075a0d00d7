using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Leadership;
using Microsoft.AspNetCore.Http;

namespace ElasticJob.Scheduler.Api.Forwarding;

/// <summary>
/// What is asked of a scheduler that does not lead is asked of the one that does, in the caller's name: with its credentials, its Host header and its
/// address. The leader checks all of them as if it had been asked itself.
/// </summary>
internal sealed class ForwardToLeader(RequestDelegate next, ILeadership leadership, LeaderConnection connection)
{
    public Task InvokeAsync(HttpContext context)
    {
        LeadershipView view = leadership.View;
        if ((view.Leads ? view.Self : view.OtherLeader) is { } known)
        {
            context.Response.Headers[ForwardingHeaders.Leader] = known.Name;
        }

        // Who may sign in is part of the leader's state, as all below /api.
        if (view.Leads || !(context.Request.Path.StartsWithSegments("/api") || context.Request.Path.StartsWithSegments("/sign-in")))
        {
            return next(context);
        }

        if (!context.Request.IsForwarded() && view.OtherLeader is { Address: { } address } leader)
        {
            return connection.ForwardAsync(context, view.Self, leader, address);
        }

        // Who could lead is known here too.
        return context.Request.Path == ApiRoutes.Cluster + "/status" ? next(context) : RefuseAsync(context, view);
    }

    private static Task RefuseAsync(HttpContext context, LeadershipView view)
    {
        string why = context.Request.IsForwarded() ? $"{view.Self.Name} does not lead, or not yet; ask again in a moment."
            : view.Fault ?? (view.OtherLeader is { } leader ? $"{leader.Name} leads and has told no address." : "No scheduler leads at the moment; the next one is about to.");
        context.Response.Headers.RetryAfter = "1";
        return ProblemWriter.WriteAsync(context, 503, ProblemCode.Unavailable, why, leader: view.OtherLeader?.Name);
    }
}
