using System.Globalization;
using ElasticJob.Scheduling.Definitions;

namespace ElasticJob.Scheduling.State;

/// <summary>The keys of the state store: what is kept where. A layout change raises <see cref="Layout"/>.</summary>
internal static class StateKeys
{
    public const int Layout = 1;

    public const string Meta = "meta";

    /// <summary>What others keep; see <see cref="Commands.Command.Keep"/>.</summary>
    public const string Kept = KeptRecord.Prefix;

    public const string Apps = "apps/";

    public const string Jobs = "jobs/";

    /// <summary>Older versions of job definitions, for as long as an unfinished run refers to them.</summary>
    public const string Versions = "versions/";

    public const string Cursors = "cursors/";

    public const string Runs = "runs/";

    public const string Executors = "executors/";

    /// <summary>Events that the sinks have not confirmed yet, a batch a record, by the first sequence.</summary>
    public const string Outbox = "outbox/";

    /// <summary>How many shards share a record: a change of one shard rewrites one page.</summary>
    public const int PageSize = 32;

    public static string App(AppName name) => Apps + name.Value;

    public static string Job(JobName name) => Jobs + name.Value;

    public static string Version(JobName name, long version) => string.Create(CultureInfo.InvariantCulture, $"{Versions}{name.Value}/{version}");

    public static string Cursor(JobName name) => Cursors + name.Value;

    public static string Run(string run) => Runs + run;

    public static string ShardPage(string run, int page) => string.Create(CultureInfo.InvariantCulture, $"{Runs}{run}/{page}");

    public static string Executor(string id) => Executors + id;

    public static string Events(long firstSequence) => string.Create(CultureInfo.InvariantCulture, $"{Outbox}{firstSequence:D19}");
}
