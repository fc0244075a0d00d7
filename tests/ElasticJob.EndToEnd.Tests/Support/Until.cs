namespace ElasticJob.EndToEnd.Tests.Support;

/// <summary>Waits for a state, as long as it takes within reason; a state that does not come is a failure that says what was there instead.</summary>
internal static class Until
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    public static async Task<T> Async<T>(Func<Task<T>> look, Func<T, bool> wanted, string what, Func<string>? more = null)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        T last;
        do
        {
            last = await look();
            if (wanted(last))
            {
                return last;
            }
        }
        while (await TicksAsync(again, patience.Token));

        throw new TimeoutException($"Not seen within {Patience.TotalSeconds:0} s: {what}. The last state was: {Shown(last)}{(more is null ? "" : $"\n{more()}")}");
    }

    public static Task TrueAsync(Func<bool> condition, string what, Func<string>? more = null) =>
        Async(() => Task.FromResult(condition()), holds => holds, what, more);

    private static string Shown<T>(T last) => last is System.Collections.IEnumerable many and not string
        ? $"{string.Join("\n", many.Cast<object>())} ({many.Cast<object>().Count()} items)"
        : $"{last}";

    private static async Task<bool> TicksAsync(PeriodicTimer timer, CancellationToken cancellationToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
