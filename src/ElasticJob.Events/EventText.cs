using System.Globalization;
using System.Text.Json;

namespace ElasticJob.Events;

/// <summary>
/// How times and names are written in tables: times in UTC as <c>yyyy-MM-ddTHH:mm:ss.fffZ</c>, which sorts as text; names of closed sets in lower
/// camel case.
/// </summary>
internal static class EventText
{
    public const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    public static string? Time(DateTimeOffset? at) => at is { } time ? Time(time) : null;

    public static DateTimeOffset ReadTime(string text) =>
        DateTimeOffset.ParseExact(text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);

    public static DateTimeOffset? ReadTimeOrNull(string? text) => text is null ? null : ReadTime(text);

    /// <summary>The time as the tables can hold it: whole milliseconds.</summary>
    public static DateTimeOffset Cut(DateTimeOffset at) =>
        new(at.UtcTicks - (at.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);

    public static string Name<T>(T value)
        where T : struct, Enum => Names<T>.ByValue.TryGetValue(value, out string? name)
        ? name
        : throw new ArgumentOutOfRangeException(nameof(value), value, $"Not one of {typeof(T).Name}.");

    public static string? Name<T>(T? value)
        where T : struct, Enum => value is { } known ? Name(known) : null;

    public static T Read<T>(string name)
        where T : struct, Enum => Names<T>.ByName.TryGetValue(name, out T value)
        ? value
        : throw new EventStoreException($"'{name}' in the event store is not one of {typeof(T).Name}; was the row edited by hand?");

    public static T? ReadOrNull<T>(string? name)
        where T : struct, Enum => name is null ? null : Read<T>(name);

    private static class Names<T>
        where T : struct, Enum
    {
        public static readonly Dictionary<T, string> ByValue =
            Enum.GetValues<T>().ToDictionary(value => value, value => JsonNamingPolicy.CamelCase.ConvertName(value.ToString()));

        public static readonly Dictionary<string, T> ByName = ByValue.ToDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);
    }
}
