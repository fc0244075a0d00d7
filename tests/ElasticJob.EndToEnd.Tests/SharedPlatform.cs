using ElasticJob.EndToEnd.Tests.Support;

namespace ElasticJob.EndToEnd.Tests;

/// <summary>One platform for the tests of a class that leave it whole.</summary>
public class SharedPlatform : IAsyncLifetime
{
    internal TestFolder Folder { get; } = new();

    internal Platform Platform { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync() => Platform = await Platform.StartAsync(Folder.Data);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Platform.DisposeAsync();
        Folder.Dispose();
    }
}
