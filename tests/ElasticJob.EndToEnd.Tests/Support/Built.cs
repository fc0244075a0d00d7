namespace ElasticJob.EndToEnd.Tests.Support;

/// <summary>Programs that were built with this one, in the same configuration.</summary>
internal static class Built
{
    private static readonly DirectoryInfo Here = new(AppContext.BaseDirectory.TrimEnd('/'));
    private static readonly string Bin = Here.Parent!.Parent!.FullName;

    /// <summary>The program of the command line.</summary>
    public static string ElasticJob { get; } = Path.Combine(Bin, "ElasticJob.Cli", Here.Name, "elasticjob");

    /// <summary>The folder of the test app.</summary>
    public static string App { get; } = Path.Combine(Bin, "ElasticJob.EndToEnd.App", Here.Name);

    /// <summary>The folder of an example.</summary>
    public static string Example(string name) => Path.Combine(Bin, name, Here.Name);

    /// <summary>The repository.</summary>
    public static string Root { get; } = Directory.GetParent(Bin)!.Parent!.FullName;
}
