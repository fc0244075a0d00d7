using System.Text.Json.Nodes;

namespace ElasticJob.Scheduling.Definitions.Reading;

/// <summary>Reads the keys of an app.</summary>
internal static class AppReader
{
    public static AppDefinition? Read(Section section)
    {
        string? nameText = section.Text("name", required: true);
        if (!AppName.TryParse(nameText, out AppName name) && nameText is not null)
        {
            section.Fault("name", NameRule.Fault(nameText));
        }

        string? package = Filled(section, "package");
        string? checksum = section.Text("checksum");
        string? image = Filled(section, "image");
        string? command = Filled(section, "command");
        if (package is not null && image is not null)
        {
            section.Fault("image", "an app has a package or an image, not both; remove one");
        }

        if (checksum is not null)
        {
            checksum = checksum.ToLowerInvariant();
            if (package is null)
            {
                section.Fault("checksum", "there is no package that it could belong to");
            }

            if (!IsChecksum(checksum))
            {
                section.Fault("checksum", $"'{checksum}' must be sha256: and 64 hexadecimal digits; `sha256sum FILE` prints them");
            }
        }

        if (package is not null && package.Contains("://", StringComparison.Ordinal)
            && !(Uri.TryCreate(package, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https" or "file"))
        {
            section.Fault("package", $"'{package}' must be an http, https or file address, or a path");
        }

        if (package is not null && SecretRule.HasPassword(package))
        {
            section.Fault("package", SecretRule.PasswordInAddress);
        }

        Resources resources = DefinitionReader.ReadResources(section, Resources.Of(0.1, 64), forShards: false);
        SortedDictionary<string, EnvironmentValue> environment = ReadEnvironment(section);
        TimeSpan idle = section.Duration("idleTimeout", TimeSpan.Zero, TimeSpan.FromDays(365)) ?? TimeSpan.FromMinutes(5);
        bool enabled = section.Flag("enabled", true);
        string? description = section.Text("description");
        return name == default ? null : new AppDefinition
        {
            Name = name,
            Package = package,
            Checksum = checksum,
            Image = image,
            Command = command,
            Resources = resources,
            Environment = environment,
            IdleTimeout = idle,
            Enabled = enabled,
            Description = description,
        };
    }

    internal static bool IsChecksum(string text) =>
        text.StartsWith("sha256:", StringComparison.Ordinal) && text.Length == 71 && text.AsSpan(7).IndexOfAnyExcept("0123456789abcdef") < 0;

    private static string? Filled(Section section, string key)
    {
        string? text = section.Text(key);
        if (text is not null && string.IsNullOrWhiteSpace(text))
        {
            section.Fault(key, "must not be empty; leave it out instead");
            return null;
        }

        return text;
    }

    private static SortedDictionary<string, EnvironmentValue> ReadEnvironment(Section parent)
    {
        var environment = new SortedDictionary<string, EnvironmentValue>(StringComparer.Ordinal);
        if (parent.Below("environment") is not { } section)
        {
            return environment;
        }

        foreach ((string key, JsonNode? value) in section.Entries())
        {
            if (key.Length == 0 || key.Contains('=') || key.Contains('\0'))
            {
                section.Fault(key, "is not a name of an environment variable");
            }
            else if (value is JsonObject)
            {
                if (ReferenceReader.Read(section.Below(key)!, "on the agent") is { } reference)
                {
                    environment[key] = new EnvironmentValue { FromFile = reference.FromFile, FromEnv = reference.FromEnv };
                }
            }
            else if (value is null || Section.Scalar(value) is not { } text)
            {
                section.Fault(key, "must be text, { fromFile: /path } or { fromEnv: NAME }; an empty text is written \"\"");
            }
            else
            {
                if (SecretRule.Refuses(key, text))
                {
                    section.Fault(key, SecretRule.Fault(key));
                }

                environment[key] = new EnvironmentValue { Value = text };
            }
        }

        return environment;
    }
}
