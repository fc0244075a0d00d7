using ElasticJob.Scheduling.Definitions;

namespace ElasticJob.Scheduler.Packages;

/// <summary>Where the packages of apps are kept for the agents: each once, by its digest.</summary>
public interface IPackageStore
{
    /// <summary>Fetches, checks and keeps a package. The same bytes are kept once and yield an equal answer.</summary>
    /// <param name="package">A folder, a path or <c>file:</c> address of an archive (tar.gz, tgz, zip), or an http(s) address.</param>
    /// <param name="checksum">Expected checksum, <c>sha256:</c> and 64 hexadecimal digits; of a folder, of the archive that it becomes.</param>
    /// <param name="cancellationToken">Gives up; nothing is left behind.</param>
    /// <exception cref="PackageException">The package cannot be used; the message says why and what to do.</exception>
    ValueTask<StoredPackage> StoreAsync(string package, string? checksum, CancellationToken cancellationToken);

    /// <summary>Removes packages that nobody uses and that lie here for a while: a fresh one may belong to a definition that is being stored.</summary>
    /// <param name="used">The packages that apps and executors need.</param>
    /// <returns>How many files were removed.</returns>
    int Sweep(IReadOnlyCollection<StoredPackage> used);
}
