using System.Diagnostics;
using ElasticJob.Protocol.Orders;

namespace ElasticJob.Executor;

/// <summary>
/// The span of one execution of user code, and <see cref="Activity.Current"/> while it runs: spans of the job, and what it calls over HTTP, belong to it.
/// It is there even when nobody listens, so that the context travels on.
/// </summary>
internal sealed class ShardSpan : IDisposable
{
    private static readonly ActivitySource Source = new("ElasticJob");

    private readonly Activity activity;

    private ShardSpan(Activity activity) => this.activity = activity;

    /// <summary>The span as the header <c>traceparent</c>.</summary>
    public string? TraceParent => activity.Id;

    public static ShardSpan Start(TaskOrder order, Trigger trigger)
    {
        string name = $"execute {order.Job}";
        Activity activity = Source.StartActivity(name, ActivityKind.Consumer, order.TraceParent) ?? Unheard(name, order.TraceParent);
        activity.SetTag("elasticjob.job", order.Job).SetTag("elasticjob.run", order.Run).SetTag("elasticjob.task", order.Task)
            .SetTag("elasticjob.shard", order.Shard).SetTag("elasticjob.attempt", order.Attempt)
            .SetTag("elasticjob.trigger", trigger.ToString().ToLowerInvariant());
        return new ShardSpan(activity);
    }

    /// <summary>Notes how it ended.</summary>
    /// <param name="failure">What went wrong; null for nothing.</param>
    public void End(string? failure) => activity.SetStatus(failure is null ? ActivityStatusCode.Ok : ActivityStatusCode.Error, failure);

    public void Dispose() => activity.Dispose();

    private static Activity Unheard(string name, string? parent)
    {
        var activity = new Activity(name);
        activity.SetIdFormat(ActivityIdFormat.W3C);
        if (ActivityContext.TryParse(parent, null, out ActivityContext context))
        {
            activity.SetParentId(context.TraceId, context.SpanId, context.TraceFlags);
        }

        return activity.Start();
    }
}
