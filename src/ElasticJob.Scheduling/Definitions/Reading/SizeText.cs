using System.Globalization;

namespace ElasticJob.Scheduling.Definitions.Reading;

/// <summary>Amounts of memory and disk as text: <c>256Mi</c>, <c>1.5Gi</c>, <c>500M</c>; a bare number is MiB.</summary>
public static class SizeText
{
    private static readonly (string Unit, decimal Bytes)[] Units =
    [
        ("Ki", 1024m),
        ("Mi", 1024m * 1024),
        ("Gi", 1024m * 1024 * 1024),
        ("Ti", 1024m * 1024 * 1024 * 1024),
        ("K", 1000m),
        ("M", 1000m * 1000),
        ("G", 1000m * 1000 * 1000),
        ("T", 1000m * 1000 * 1000 * 1000),
    ];

    /// <summary>Reads an amount into thousandths of a MiB.</summary>
    public static bool TryParse(string? text, out long milliMiB)
    {
        milliMiB = 0;
        string rest = text?.Trim() ?? "";
        decimal unitBytes = 1024m * 1024;
        foreach ((string unit, decimal bytes) in Units)
        {
            if (rest.EndsWith(unit, StringComparison.Ordinal))
            {
                unitBytes = bytes;
                rest = rest[..^unit.Length].TrimEnd();
                break;
            }
        }

        // A thousand TiB is far above any machine and far below an overflow.
        if (!decimal.TryParse(rest, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out decimal number)
            || number < 0 || number > 1e18m || number * unitBytes > 1024m * 1024 * 1024 * 1024 * 1024)
        {
            return false;
        }

        milliMiB = (long)decimal.Round(number * unitBytes * 1000 / (1024m * 1024), MidpointRounding.AwayFromZero);
        return true;
    }

    /// <summary>Writes thousandths of a MiB exactly: whole GiB as <c>2Gi</c>, everything else in <c>Mi</c>.</summary>
    public static string Format(long milliMiB) =>
        milliMiB > 0 && milliMiB % 1_024_000 == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{milliMiB / 1_024_000}Gi")
            : string.Create(CultureInfo.InvariantCulture, $"{milliMiB / 1000m:0.###}Mi");
}
