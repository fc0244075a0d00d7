namespace ElasticJob.EndToEnd.Tests.Support;

/// <summary>Definitions that many tests use.</summary>
internal static class Definitions
{
    /// <summary>The test app.</summary>
    /// <param name="folder">Where its jobs write what they did.</param>
    /// <param name="more">Further lines.</param>
    public static string App(TestFolder folder, string more = "") => $$"""
        kind: App
        name: app
        package: {{Built.App}}
        command: dotnet ElasticJob.EndToEnd.App.dll
        resources: { cpus: 0.1, memory: 96Mi }
        environment: { WITNESS: {{folder.Witness}} }
        {{more}}
        ---

        """;

    /// <summary>A job of the test app.</summary>
    public static string Job(string name, string type = "", string more = "") => $$"""
        kind: Job
        name: {{name}}
        app: app
        {{(type.Length > 0 ? type : $"class: {name}")}}
        resources: { cpus: 0.05, memory: 16Mi }
        {{more}}
        ---

        """;
}
