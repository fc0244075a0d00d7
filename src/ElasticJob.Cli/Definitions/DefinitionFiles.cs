using ElasticJob.Cli.Terminals;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ElasticJob.Cli.Definitions;

/// <summary>
/// Reads definitions from a file, a folder or the standard input, as they are: what they mean is the scheduler's to say. Only one thing is
/// changed: a relative package path is taken from the folder of its file, because the scheduler does not know that folder.
/// </summary>
internal static class DefinitionFiles
{
    private static readonly string[] Extensions = [".yaml", ".yml", ".json"];

    /// <summary>All documents as one YAML text, in the order of the files' names.</summary>
    public static string Read(IEnumerable<string> sources, Terminal terminal)
    {
        var documents = new List<YamlDocument>();
        foreach (string source in sources)
        {
            if (source == "-")
            {
                documents.AddRange(Parse(terminal.In.ReadToEnd(), "standard input", terminal.WorkingDirectory));
                continue;
            }

            foreach (string file in FilesOf(Path.GetFullPath(source, terminal.WorkingDirectory), source))
            {
                documents.AddRange(Parse(File.ReadAllText(file), file, Path.GetDirectoryName(file)!));
            }
        }

        if (documents.Count == 0)
        {
            throw CliException.Refused($"There is no definition in {string.Join(", ", sources)}.");
        }

        return Write(documents);
    }

    private static string[] FilesOf(string path, string shown)
    {
        if (File.Exists(path))
        {
            return [path];
        }

        if (!Directory.Exists(path))
        {
            throw CliException.Refused($"{shown}: there is no such file or folder.");
        }

        string[] files = [.. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .Where(f => Extensions.Contains(Path.GetExtension(f), StringComparer.OrdinalIgnoreCase))
            .Where(f => Extensions[2] != Path.GetExtension(f) || LooksLikeDefinition(f))
            .Order(StringComparer.Ordinal)];
        return files.Length > 0 ? files : throw CliException.Refused($"{shown}: the folder holds no *.yaml, *.yml or *.json file.");
    }

    /// <summary>A folder with a built app holds JSON of other kinds (*.deps.json, *.runtimeconfig.json).</summary>
    private static bool LooksLikeDefinition(string file) =>
        !file.EndsWith(".deps.json", StringComparison.OrdinalIgnoreCase) && !file.EndsWith(".runtimeconfig.json", StringComparison.OrdinalIgnoreCase)
        && !Path.GetFileName(file).StartsWith("appsettings", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<YamlDocument> Parse(string text, string origin, string folder)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            throw CliException.Refused($"{origin}:{e.Start.Line}:{e.Start.Column}: {e.InnerException?.Message ?? e.Message}");
        }

        // One JSON array of definitions is as good as many documents.
        IEnumerable<YamlNode> roots = stream.Documents.Select(d => d.RootNode)
            .SelectMany(root => root is YamlSequenceNode list ? list.Children : (IEnumerable<YamlNode>)[root])
            .Where(root => root is not YamlScalarNode { Value: null or "" });
        foreach (YamlNode root in roots)
        {
            ResolvePackage(root, folder);
            yield return new YamlDocument(root);
        }
    }

    private static void ResolvePackage(YamlNode root, string folder)
    {
        if (root is not YamlMappingNode map)
        {
            return;
        }

        YamlNode? key = map.Children.Keys.FirstOrDefault(k => k is YamlScalarNode { Value: "package" });
        if (key is not null && map.Children[key] is YamlScalarNode { Value: { Length: > 0 } path } && !HasScheme(path) && !Path.IsPathRooted(path))
        {
            map.Children[key] = new YamlScalarNode(Path.GetFullPath(path, folder).TrimEnd(Path.DirectorySeparatorChar)) { Style = ScalarStyle.DoubleQuoted };
        }
    }

    /// <summary><c>https:</c>, <c>file:</c> and their like.</summary>
    private static bool HasScheme(string path)
    {
        int colon = path.IndexOf(':', StringComparison.Ordinal);
        return colon > 1 && path.AsSpan(0, colon).IndexOfAnyExcept("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-") < 0;
    }

    private static string Write(List<YamlDocument> documents)
    {
        using var writer = new StringWriter();
        foreach (YamlDocument document in documents)
        {
            writer.Write("---\n");
            new YamlStream(document).Save(writer, assignAnchors: false);
        }

        // The library ends each document with "..."; the next one's "---" says the same.
        return writer.ToString().ReplaceLineEndings("\n").Replace("\n...\n", "\n", StringComparison.Ordinal);
    }
}
