using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;

namespace ElasticJob.Cli.Platform;

/// <summary>A secret by reference: <c>{ "fromFile": FILE }</c> or <c>{ "fromEnv": NAME }</c>. A configuration never holds the secret itself.</summary>
internal static class SecretReference
{
    /// <param name="reference">The reference.</param>
    /// <param name="path">Where it stands in the configuration.</param>
    /// <param name="folder">The folder of the configuration, from which relative paths count.</param>
    /// <param name="faults">Takes what is wrong.</param>
    /// <returns>The secret, or null after a fault.</returns>
    public static string? Read(JsonObject reference, string path, string folder, List<string> faults)
    {
        ConfigSection.Known(reference, path, ["fromFile", "fromEnv"], faults);
        switch (reference.Text("fromFile"), reference.Text("fromEnv"))
        {
            case ({ } file, null):
                try
                {
                    return File.ReadAllText(Path.GetFullPath(file, folder));
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
                {
                    faults.Add($"{path}.fromFile: cannot be read: {e.Message}");
                    return null;
                }

            case (null, { } variable):
                string? value = Environment.GetEnvironmentVariable(variable);
                if (string.IsNullOrWhiteSpace(value))
                {
                    faults.Add($"{path}.fromEnv: the environment variable {variable} is not set");
                    return null;
                }

                return value;
            default:
                faults.Add($"{path}: must have one of fromFile and fromEnv");
                return null;
        }
    }
}
