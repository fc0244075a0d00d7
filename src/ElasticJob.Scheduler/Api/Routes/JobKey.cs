using System.Buffers.Text;
using System.Globalization;
using System.Text;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduler.Api.Routes;

/// <summary>What a list of jobs is sorted by: an instant, or none, and then the name. Jobs without the instant come last.</summary>
internal readonly record struct JobKey(long Ticks, string Name) : IComparable<JobKey>
{
    public static JobKey Of(JobView job, Func<JobView, DateTimeOffset?>? instant) =>
        new(instant is null ? 0 : instant(job)?.UtcTicks ?? long.MaxValue, job.Definition.Name.Value);

    /// <summary>The key in a cursor; null without one.</summary>
    public static JobKey? Read(string? cursor)
    {
        if (cursor is null)
        {
            return null;
        }

        try
        {
            string[] parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)).Split('\n');
            if (parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long ticks))
            {
                return new JobKey(ticks, parts[1]);
            }
        }
        catch (FormatException)
        {
            // Falls through to the same answer.
        }

        throw Refusal.BadRequest("cursor: is not one of this list; leave it out to begin with the first page.");
    }

    public string Write() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Ticks}\n{Name}")));

    public int CompareTo(JobKey other) => Ticks.CompareTo(other.Ticks) is var order and not 0 ? order : string.CompareOrdinal(Name, other.Name);
}
