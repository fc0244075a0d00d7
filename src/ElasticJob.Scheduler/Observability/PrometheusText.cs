using System.Globalization;
using System.Text;

namespace ElasticJob.Scheduler.Observability;

/// <summary>Writes metrics in Prometheus' text format 0.0.4: for each a line of help, its type, then its samples.</summary>
internal sealed class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder text = new();

    public void Gauge(string name, string help, double value) => Head(name, help, "gauge").Sample(name, value);

    public void Counter(string name, string help, double value) => Head(name, help, "counter").Sample(name, value);

    /// <summary>One sample for each value of a label.</summary>
    public void Gauges<TValue>(string name, string help, string label, IEnumerable<KeyValuePair<string, TValue>> values)
        where TValue : IConvertible => All(Head(name, help, "gauge"), name, label, values);

    /// <inheritdoc cref="Gauges"/>
    public void Counters<TValue>(string name, string help, string label, IEnumerable<KeyValuePair<string, TValue>> values)
        where TValue : IConvertible => All(Head(name, help, "counter"), name, label, values);

    public void Histogram(string name, string help, Histogram histogram)
    {
        Head(name, help, "histogram");
        long[] counts = histogram.Counts();
        long sum = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            sum += counts[i];
            string bound = i < histogram.Bounds.Count ? histogram.Bounds[i].ToString("R", CultureInfo.InvariantCulture) : "+Inf";
            Sample($"{name}_bucket{{le=\"{bound}\"}}", sum);
        }

        Sample($"{name}_sum", histogram.Sum.TotalSeconds);
        Sample($"{name}_count", sum);
    }

    public override string ToString() => text.ToString();

    private static void All<TValue>(PrometheusText to, string name, string label, IEnumerable<KeyValuePair<string, TValue>> values)
        where TValue : IConvertible
    {
        foreach ((string value, TValue number) in values.OrderBy(v => v.Key, StringComparer.Ordinal))
        {
            to.Sample($"{name}{{{label}=\"{Escape(value)}\"}}", number.ToDouble(CultureInfo.InvariantCulture));
        }
    }

    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private PrometheusText Head(string name, string help, string type)
    {
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");
        return this;
    }

    private void Sample(string series, double value) => text.Append(CultureInfo.InvariantCulture, $"{series} {value:R}\n");
}
