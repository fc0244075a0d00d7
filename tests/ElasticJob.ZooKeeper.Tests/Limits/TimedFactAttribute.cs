using System.Runtime.CompilerServices;

namespace ElasticJob.ZooKeeper.Tests.Limits;

/// <summary>A fact that fails when it has not ended after <see cref="Limit.Test"/>; its cancellation token is cancelled, so that it ends what it started.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TimedFactAttribute : FactAttribute
{
    public TimedFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line) => Timeout = Limit.Test;
}
