using System.Runtime.CompilerServices;

namespace ElasticJob.Files;

/// <summary>Where the repository is.</summary>
internal static class Repository
{
    public static string Root([CallerFilePath] string here = "")
    {
        // The build may replace paths; then the tests are below the repository, in artifacts.
        string start = File.Exists(here) ? Path.GetDirectoryName(here)! : AppContext.BaseDirectory;
        for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ElasticJob.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"There is no repository above {start}.");
    }
}
