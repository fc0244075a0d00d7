namespace ElasticJob.Scheduler.Packages;

/// <summary>Settings of the package store.</summary>
public sealed record PackageStoreOptions
{
    /// <summary>Where the archives are kept.</summary>
    public required string Folder { get; init; }

    /// <summary>Largest archive in bytes; 2 GiB by default.</summary>
    public long LargestArchive { get; init; } = 2L * 1024 * 1024 * 1024;

    /// <summary>Largest sum of the unpacked files in bytes; 8 GiB by default.</summary>
    public long LargestUnpacked { get; init; } = 8L * 1024 * 1024 * 1024;

    /// <summary>Most files in an archive; 100,000 by default.</summary>
    public int MostEntries { get; init; } = 100_000;

    /// <summary>Longest time for a download; 5 minutes by default.</summary>
    public TimeSpan DownloadTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Most redirects of a download; 5 by default.</summary>
    public int MostRedirects { get; init; } = 5;

    /// <summary>Age from which a package that nobody uses is removed; 1 day by default.</summary>
    public TimeSpan SweepAge { get; init; } = TimeSpan.FromDays(1);
}
