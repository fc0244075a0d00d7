using ElasticJob.Scheduler.Leadership;
using ElasticJob.Storage;

namespace ElasticJob.Scheduler.Tests.Api;

/// <summary>The leadership of a scheduler without rivals, for tests of its API.</summary>
internal static class Alone
{
    public static ILeadership Leadership()
    {
        var self = new Member { Id = Guid.Empty, Name = "alone", Version = "1.2.3", StartedAt = DateTimeOffset.UnixEpoch, Clock = DateTimeOffset.UnixEpoch };
        return new SoleLeadership(() => self, new InMemoryStateStore(), TimeProvider.System);
    }
}
