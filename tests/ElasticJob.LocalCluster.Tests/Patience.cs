using System.Runtime.CompilerServices;

namespace ElasticJob.Local.Tests;

/// <summary>Bounds every wait: what does not come fails its test with a sentence, and does not hang the others.</summary>
internal static class Patience
{
    /// <summary>Far more than anything here takes on a machine that is busy with other things.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static async Task<T> Within<T>(this Task<T> wanted, Func<string>? state = null, [CallerArgumentExpression(nameof(wanted))] string what = "")
    {
        await ((Task)wanted).Within(state, what);
        return await wanted;
    }

    public static async Task Within(this Task wanted, Func<string>? state = null, [CallerArgumentExpression(nameof(wanted))] string what = "")
    {
        try
        {
            await wanted.WaitAsync(Limit, TimeProvider.System, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException) when (!wanted.IsCompleted)
        {
            throw new TimeoutException($"Not seen within {Limit.TotalSeconds:0} s: {what}{(state is null ? "" : $". {state()}")}");
        }
    }

    /// <summary>Looks again and again.</summary>
    public static async Task UntilAsync(Func<Task<bool>> seen, string what, Func<string>? state = null)
    {
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        DateTimeOffset last = TimeProvider.System.GetUtcNow() + Limit;
        while (!await seen().Within(state, what))
        {
            await again.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            if (TimeProvider.System.GetUtcNow() > last)
            {
                throw new TimeoutException($"Not seen within {Limit.TotalSeconds:0} s: {what}{(state is null ? "" : $". {state()}")}");
            }
        }
    }
}
