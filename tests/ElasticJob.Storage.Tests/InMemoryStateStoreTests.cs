using ElasticJob.Storage.Tests.Contract;

namespace ElasticJob.Storage.Tests;

public sealed class InMemoryStateStoreTests : StateStoreContract
{
    private readonly InMemoryStateStore first = new();

    protected override IStateStore Create() => first.Another();
}
