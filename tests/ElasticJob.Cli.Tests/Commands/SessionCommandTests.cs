using System.Text.Json.Nodes;

namespace ElasticJob.Cli.Tests.Commands;

public sealed class SessionCommandTests : IDisposable
{
    private readonly string home = Directory.CreateTempSubdirectory("elasticjob-home-").FullName;

    public void Dispose() => Directory.Delete(home, recursive: true);

    [Fact]
    public async Task Login_KeepsTheSessionForItsOwnerAndItsServerAlone()
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync();
        server.On("POST /api/v1/session", """{"name":"ann","role":"admin","csrf":"c-1"}""").Cookie = "elasticjob=s-1; path=/; httponly";
        TestTerminal terminal = Terminal("long pass phrase\n");
        (await server.RunAsync(terminal, "login", "--user", "ann")).ShouldBe(0, terminal.Error);
        terminal.Out.ShouldContain("Signed in as ann, role admin.");
        server.Asked.Last().Body.ShouldBe("""{"user":"ann","password":"long pass phrase"}""");
        (terminal.Out + terminal.Error).ShouldNotContain("s-1");

        string file = Directory.GetFiles(Path.Combine(home, ".config", "elasticjob", "sessions")).ShouldHaveSingleItem();
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        (await server.On("GET /api/v1/jobs", """{"items":[]}""").RunAsync(Terminal(), "job", "list")).ShouldBe(0);
        server.Headers.Last()["Cookie"].ShouldBe("elasticjob=s-1");
        server.Headers.Last()["X-CSRF-Token"].ShouldBe("c-1");

        await using AnsweringServer other = await AnsweringServer.StartAsync();
        (await other.On("GET /api/v1/jobs", """{"items":[]}""").RunAsync(Terminal(), "job", "list")).ShouldBe(0);
        other.Headers.Last().ContainsKey("Cookie").ShouldBeFalse();

        (await server.On("DELETE /api/v1/session", "", 204).RunAsync(Terminal(), "logout")).ShouldBe(0);
        Directory.GetFiles(Path.GetDirectoryName(file)!).ShouldBeEmpty();
        (await server.RunAsync(Terminal(), "logout")).ShouldBe(1);
    }

    [Fact]
    public async Task Login_WithALink_SendsWhatStandsBehindIt()
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync();
        server.On("POST /api/v1/session", """{"name":"sign-in link","role":"admin","csrf":"c"}""").Cookie = "elasticjob=s";
        (await server.RunAsync(Terminal("http://127.0.0.1:8899/sign-in?link=abc\n"), "login", "--link")).ShouldBe(0);
        server.Asked.Last().Body.ShouldBe("""{"link":"abc"}""");
    }

    [Fact]
    public async Task User_Add_TakesThePasswordFromTheInputAndNotFromTheCommandLine()
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync();
        server.On("POST /api/v1/users", """{"name":"bob","role":"operator"}""", 201);
        TestTerminal terminal = Terminal("his long password\n");
        (await server.RunAsync(terminal, "user", "add", "bob", "--role", "operator")).ShouldBe(0, terminal.Error);
        server.Asked.Last().Body.ShouldBe("""{"name":"bob","role":"operator","password":"his long password"}""");
        (await server.RunAsync(Terminal("x\n"), "user", "add", "bob", "--password", "y")).ShouldBe(2);
        (await server.RunAsync(Terminal(), "user", "add", "bob")).ShouldBe(2, "nothing was given");
        (await server.RunAsync(Terminal("x\n"), "user", "add", "bob", "--role", "king")).ShouldBe(2);
    }

    [Fact]
    public async Task Token_Create_WritesTheTokenAlone()
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync();
        server.On("POST /api/v1/tokens", """{"id":"1","name":"ci","role":"operator","token":"ejt_1_x"}""", 201);
        TestTerminal terminal = Terminal();
        (await server.RunAsync(terminal, "token", "create", "ci", "--role", "operator", "--job", "shop-*", "--expires-in", "30d")).ShouldBe(0, terminal.Error);
        terminal.Out.ShouldBe("ejt_1_x\n");
        JsonNode.Parse(server.Asked.Last().Body)!.ToJsonString().ShouldBe("""{"name":"ci","role":"operator","expiresIn":"30d","jobs":["shop-*"]}""");
    }

    [Fact]
    public async Task Audit_AsTable_TellsWhatChanged()
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync();
        server.On("GET /api/v1/audit", """
            {"items":[{"sequence":7,"at":"2026-01-01T00:00:00Z","actor":"ann","remote":"10.0.0.9","operation":"putJob","subject":"archive","outcome":"done","unlisted":0,
              "changes":[{"kind":"job","name":"archive","change":"updated","differences":[{"path":"policy.overlap","old":"forbid","new":"replace"}]}]},
             {"sequence":6,"at":"2026-01-01T00:00:00Z","actor":"nobody","operation":"signIn","outcome":"refused","message":"The password is wrong.","changes":[],"unlisted":0}]}
            """);
        TestTerminal terminal = Terminal();
        (await server.RunAsync(terminal, "audit", "--actor", "ann")).ShouldBe(0, terminal.Error);
        terminal.Out.ShouldContain("job archive updated (policy.overlap: forbid → replace)");
        terminal.Out.ShouldContain("The password is wrong.");
        server.Asked.Last().Request.ShouldContain("actor=ann");
    }

    [Fact]
    public async Task Server_NotNamed_IsTheOneThatRunsInTheDataFolder()
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync();
        server.On("GET /api/v1/jobs", """{"items":[]}""");
        File.WriteAllText(Path.Combine(home, "platform.json"), $$"""{"process":1,"address":"{{server.Address}}/"}""");
        TestTerminal terminal = Terminal();
        (await terminal.RunAsync("job", "list", "--data", home)).ShouldBe(0, terminal.Error);
        server.Asked.ShouldNotBeEmpty();
    }

    private TestTerminal Terminal(string input = "") => new() { Input = input, Variables = { ["HOME"] = home } };
}
