using System.Diagnostics.CodeAnalysis;
using ElasticJob.Protocol.Orders;

namespace ElasticJob.Execution;

/// <summary>Finds a value that an order only refers to. What is told of a fault never holds the value.</summary>
internal static class ReferencedValue
{
    /// <summary>A value of one line, as a header needs it.</summary>
    public static bool TryReadLine(ValueReference reference, [NotNullWhen(true)] out string? value, [NotNullWhen(false)] out string? fault)
    {
        if (TryRead(reference, out value, out fault) && value.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0)
        {
            fault = "it is more than one line.";
        }

        return fault is null;
    }

    /// <summary>A value of any length.</summary>
    public static bool TryRead(ValueReference reference, [NotNullWhen(true)] out string? value, [NotNullWhen(false)] out string? fault)
    {
        value = null;
        fault = null;
        if (reference.FromFile is { } file)
        {
            try
            {
                value = File.ReadAllText(file).TrimEnd('\r', '\n');
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                fault = $"the file {file} cannot be read ({e.Message}). It must be on every agent, readable by the executor's user.";
                return false;
            }
        }
        else
        {
            value = Environment.GetEnvironmentVariable(reference.FromEnv ?? "");
        }

        fault = string.IsNullOrEmpty(value)
            ? reference.FromFile is { } empty ? $"the file {empty} is empty." : $"the executor has no environment variable {reference.FromEnv}. Set it in the app: environment: {{ {reference.FromEnv}: {{ fromFile: /path }} }}."
            : null;
        return fault is null;
    }
}
