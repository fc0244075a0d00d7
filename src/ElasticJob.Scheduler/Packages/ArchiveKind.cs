namespace ElasticJob.Scheduler.Packages;

/// <summary>Forms of archives, told by their first bytes.</summary>
internal enum ArchiveKind
{
    TarGz,
    Zip,
}
