using System.Diagnostics;

namespace ElasticJob.Cli.Platform;

/// <summary>How this program is started once more.</summary>
internal static class ThisProgram
{
    private static readonly string Library = typeof(ThisProgram).Assembly.Location;

    /// <summary>Program and first arguments: its own executable, or the host with the library when it was started so.</summary>
    public static IReadOnlyList<string> Command
    {
        get
        {
            string process = Environment.ProcessPath ?? "dotnet";
            bool own = !Path.GetFileNameWithoutExtension(process).Equals("dotnet", StringComparison.OrdinalIgnoreCase)
                && Path.GetDirectoryName(process) == Path.GetDirectoryName(Library);
            string besides = Path.Combine(Path.GetDirectoryName(Library)!, OperatingSystem.IsWindows() ? "ElasticJob.Cli.exe" : "ElasticJob.Cli");
            return own ? [process] : File.Exists(besides) && !IsHost(process) ? [besides] : [IsHost(process) ? process : "dotnet", Library];
        }
    }

    public static ProcessStartInfo Start(params IReadOnlyList<string> arguments)
    {
        IReadOnlyList<string> command = Command;
        var start = new ProcessStartInfo(command[0]) { UseShellExecute = false };
        foreach (string argument in command.Skip(1).Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }

    private static bool IsHost(string process) => Path.GetFileNameWithoutExtension(process).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
}
