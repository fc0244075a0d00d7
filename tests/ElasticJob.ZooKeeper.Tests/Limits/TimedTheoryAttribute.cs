using System.Runtime.CompilerServices;

namespace ElasticJob.ZooKeeper.Tests.Limits;

/// <summary>As <see cref="TimedFactAttribute"/>, for each case of a theory.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TimedTheoryAttribute : TheoryAttribute
{
    public TimedTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line) => Timeout = Limit.Test;
}
