using System.Reflection;

namespace ElasticJob.ZooKeeper.Tests.Limits;

/// <summary>A test that waits for a server or a child process must have a limit. This finds the one that has none.</summary>
public sealed class EveryTestEnds
{
    [Fact]
    public void AsynchronousTests_All_HaveALimit() =>
        typeof(EveryTestEnds).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods())
            .Where(method => method.GetCustomAttribute<FactAttribute>() is { Timeout: 0 } && method.ReturnType != typeof(void))
            .Select(method => $"{method.DeclaringType!.Name}.{method.Name}")
            .ShouldBeEmpty("Use TimedFact or TimedTheory.");
}
