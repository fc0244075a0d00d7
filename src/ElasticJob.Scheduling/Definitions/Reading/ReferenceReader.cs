using ElasticJob.Protocol.Orders;

namespace ElasticJob.Scheduling.Definitions.Reading;

/// <summary>Reads where a value is found: <c>{ fromFile: /path }</c> or <c>{ fromEnv: NAME }</c>.</summary>
internal static class ReferenceReader
{
    /// <param name="section">The mapping.</param>
    /// <param name="where">Whose file it is, for the fault.</param>
    public static ValueReference? Read(Section section, string where)
    {
        string? file = section.Text("fromFile");
        string? variable = section.Text("fromEnv");
        section.Close();
        if ((file is null) == (variable is null))
        {
            section.Fault("", "must have one of fromFile and fromEnv");
            return null;
        }

        if (file is not null && !file.StartsWith('/'))
        {
            section.Fault("fromFile", $"'{file}' must be an absolute path {where}");
        }

        if (variable is not null && (variable.Length == 0 || variable.Contains('=')))
        {
            section.Fault("fromEnv", $"'{variable}' is not a name of an environment variable");
        }

        return new ValueReference { FromFile = file, FromEnv = variable };
    }
}
