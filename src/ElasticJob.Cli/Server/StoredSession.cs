using System.Text.Json;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Cli.Terminals;

namespace ElasticJob.Cli.Server;

/// <summary>
/// Sessions that <c>elasticjob login</c> began, one file per scheduler in the user's configuration folder, readable by its owner alone. A session goes only to the
/// scheduler that it is of.
/// </summary>
internal sealed record StoredSession(string Cookie, string Csrf)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static StoredSession? Read(Uri server, Terminal terminal)
    {
        try
        {
            JsonNode? file = JsonNode.Parse(File.ReadAllText(PathOf(server, terminal)));
            return file.Text("server") == server.AbsoluteUri && file.Text("cookie") is { } cookie && file.Text("csrf") is { } csrf ? new StoredSession(cookie, csrf) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            // Without it the scheduler refuses, and its refusal tells the mend.
            return null;
        }
    }

    public void Write(Uri server, Terminal terminal)
    {
        string path = PathOf(server, terminal);
        string folder = Path.GetDirectoryName(path)!;
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
            options.UnixCreateMode = OwnerOnly;
        }

        // Written aside and moved: it is never there half, and never readable by others.
        string aside = $"{path}.{Environment.ProcessId}";
        File.Delete(aside);
        using (var file = new StreamWriter(aside, options))
        {
            file.Write(new JsonObject { ["server"] = server.AbsoluteUri, ["cookie"] = Cookie, ["csrf"] = Csrf }.ToJsonString(Json.Indented));
        }

        File.Move(aside, path, overwrite: true);
    }

    public static void Remove(Uri server, Terminal terminal)
    {
        string path = PathOf(server, terminal);
        if (File.Exists(path))
        {
            File.Delete(path);
        }
    }

    /// <summary><c>$XDG_CONFIG_HOME/elasticjob/sessions</c>, else <c>~/.config/elasticjob/sessions</c>.</summary>
    private static string PathOf(Uri server, Terminal terminal)
    {
        string? xdg = terminal.Variable("XDG_CONFIG_HOME");
        string home = terminal.Variable("HOME") is { Length: > 0 } named ? named : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string config = !string.IsNullOrEmpty(xdg) && Path.IsPathRooted(xdg) ? xdg : Path.Combine(home, ".config");
        string name = string.Concat(server.GetLeftPart(UriPartial.Authority).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '_'));
        return Path.Combine(config, "elasticjob", "sessions", name + ".json");
    }
}
