using ElasticJob.Mesos.Http;

namespace ElasticJob.Mesos.Tests.Http;

public sealed class CallLineTests
{
    [Fact]
    public async Task RunAsync_OneInTheMiddleCancelled_OthersKeepTheirOrder()
    {
        CancellationToken patience = TestContext.Current.CancellationToken;
        var line = new CallLine();
        var ran = new List<int>();
        var first = new TaskCompletionSource();
        using var second = new CancellationTokenSource();
        Task one = line.RunAsync(async _ => { await first.Task; ran.Add(1); }, patience);
        Task two = line.RunAsync(_ => { ran.Add(2); return Task.CompletedTask; }, second.Token);
        Task three = line.RunAsync(_ => { ran.Add(3); return Task.CompletedTask; }, patience);

        second.Cancel();
        await Should.ThrowAsync<OperationCanceledException>(() => two);
        three.IsCompleted.ShouldBeFalse();
        first.SetResult();
        await Task.WhenAll(one, three);
        ran.ShouldBe([1, 3]);
    }

    [Fact]
    public async Task RunAsync_AfterAFailure_GoesOn()
    {
        CancellationToken patience = TestContext.Current.CancellationToken;
        var line = new CallLine();
        await Should.ThrowAsync<InvalidOperationException>(() => line.RunAsync(_ => throw new InvalidOperationException(), patience));
        bool ran = false;
        await line.RunAsync(_ => { ran = true; return Task.CompletedTask; }, patience);
        ran.ShouldBeTrue();
    }
}
