using System.Diagnostics;

namespace ElasticJob.EndToEnd.Tests.Support;

/// <summary>What a program that has ended wrote.</summary>
internal sealed record Ended(int Code, string Out, string Error)
{
    /// <summary>Both streams, for messages.</summary>
    public string All => $"exit code {Code}\n{Out}\n{Error}";
}

/// <summary>Programs that run to their end.</summary>
internal static class Program
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    public static async Task<Ended> RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? input = null, string? directory = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? Path.GetTempPath(),
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(patience.Token);
            Task<string> error = process.StandardError.ReadToEndAsync(patience.Token);
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            await process.WaitForExitAsync(patience.Token);
            return new Ended(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    /// <summary>Runs a program that has to succeed.</summary>
    public static async Task<string> DemandAsync(string program, params IReadOnlyList<string> arguments)
    {
        Ended ended = await RunAsync(program, arguments);
        ended.Code.ShouldBe(0, $"{program} {string.Join(' ', arguments)}: {ended.All}");
        return ended.Out;
    }
}
