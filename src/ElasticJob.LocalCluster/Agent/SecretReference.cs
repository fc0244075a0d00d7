using ElasticJob.Mesos.V1;

namespace ElasticJob.Local.Agent;

/// <summary>
/// The secret store of this cluster: a reference is <c>file:/absolute/path</c> (its text, without the last line break) or <c>env:NAME</c> (a variable
/// of the cluster's own environment). It is resolved when the executor starts; only the reference is ever stored.
/// </summary>
internal static class SecretReference
{
    private const string File = "file:";
    private const string Variable = "env:";

    public static bool IsKnown(Secret.Types.Reference reference) =>
        reference.Name.StartsWith(File + "/", StringComparison.Ordinal)
        || (reference.Name.StartsWith(Variable, StringComparison.Ordinal) && reference.Name.Length > Variable.Length);

    /// <exception cref="IOException">There is nothing behind the reference; the message says so, and never what others hold.</exception>
    public static string Resolve(string variable, Secret.Types.Reference reference)
    {
        if (reference.Name.StartsWith(Variable, StringComparison.Ordinal))
        {
            string name = reference.Name[Variable.Length..];
            return System.Environment.GetEnvironmentVariable(name)
                ?? throw new IOException($"Environment variable '{variable}' comes from the agent's variable '{name}', which is not set there");
        }

        string path = reference.Name[File.Length..];
        try
        {
            return System.IO.File.ReadAllText(path).TrimEnd('\n', '\r');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Environment variable '{variable}' comes from the file '{path}', which the agent cannot read: {e.Message}", e);
        }
    }
}
