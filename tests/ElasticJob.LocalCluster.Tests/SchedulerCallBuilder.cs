using ElasticJob.Mesos.V1;
using Call = ElasticJob.Mesos.V1.Scheduler.Call;

namespace ElasticJob.Local.Tests;

/// <summary>Calls without much in them.</summary>
internal sealed class SchedulerCallBuilder(FrameworkID framework)
{
    public Call Revive() => new() { FrameworkId = framework, Type = Call.Types.Type.Revive };

    public Call Suppress() => new() { FrameworkId = framework, Type = Call.Types.Type.Suppress };

    public Call Teardown() => new() { FrameworkId = framework, Type = Call.Types.Type.Teardown };
}
