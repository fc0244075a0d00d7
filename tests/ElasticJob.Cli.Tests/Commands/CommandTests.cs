using System.Text.Json.Nodes;

namespace ElasticJob.Cli.Tests.Commands;

public sealed class CommandTests
{
    private const string Jobs = """
        {"items":[
          {"name":"archive","app":"shop","state":"idle","enabled":true,"schedule":["0 3 * * *"],"shards":3,"nextDue":"2099-01-01T03:00:00Z",
           "last":{"run":"archive@1","outcome":"timedOut","finishedAt":"2026-01-01T00:00:00Z"}},
          {"name":"fresh","app":"shop","state":"waiting","enabled":true,"schedule":[],"shards":1}]}
        """;

    [Fact]
    public async Task JobList_AsTable_ShowsNextDueAndLastOutcome()
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync();
        var terminal = new TestTerminal();
        int code = await server.On("GET /api/v1/jobs", Jobs).RunAsync(terminal, "job", "list");
        code.ShouldBe(0, terminal.Error);
        string[] lines = terminal.Out.Split('\n');
        lines[0].ShouldContain("NEXT DUE");
        lines[1].ShouldContain("archive");
        lines[1].ShouldContain("2099-01-01");
        lines[1].ShouldContain("timed out");
        lines[2].ShouldContain("fresh");
        terminal.Out.ShouldNotContain("\u001b");
    }

    [Fact]
    public async Task JobList_AsJson_IsTheServersAnswer()
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync();
        var terminal = new TestTerminal();
        int code = await server.On("GET /api/v1/jobs", Jobs).RunAsync(terminal, "job", "list", "-o", "json");
        code.ShouldBe(0);
        JsonNode.Parse(terminal.Out)!.AsArray().Select(j => (string)j!["name"]!).ShouldBe(["archive", "fresh"]);
    }

    [Fact]
    public async Task JobList_OfSeveralPages_FollowsTheCursor()
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync();
        server.OnQuery("GET /api/v1/jobs?cursor=b%2F1", """{"items":[{"name":"second"}]}""");
        var terminal = new TestTerminal();
        int code = await server.On("GET /api/v1/jobs", """{"items":[{"name":"first"}],"next":"b/1"}""").RunAsync(terminal, "job", "list", "-o", "yaml");
        code.ShouldBe(0, terminal.Error);
        terminal.Out.ShouldBe("- name: first\n- name: second\n");
    }

    [Fact]
    public async Task Export_WritesWhatApplyTakesBack()
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync();
        server.On("GET /api/v1/apps", """{"items":[{"name":"shop","definition":{"kind":"App","name":"shop","command":"./Shop"}}]}""")
            .On("GET /api/v1/jobs", """{"items":[{"name":"archive"},{"name":"gone"}]}""")
            .On("GET /api/v1/jobs/archive", """{"name":"archive","definition":{"kind":"Job","name":"archive","app":"shop","schedule":"0/5 * * * * ?"}}""");
        var terminal = new TestTerminal();
        int code = await server.RunAsync(terminal, "export");
        code.ShouldBe(0, terminal.Error);
        terminal.Out.ShouldBe("kind: App\nname: shop\ncommand: \"./Shop\"\n---\nkind: Job\nname: archive\napp: shop\nschedule: \"0/5 * * * * ?\"\n");
    }

    [Fact]
    public async Task AnyCommand_NothingListens_SaysHowToStartAndExits3()
    {
        var terminal = new TestTerminal();
        int code = await terminal.RunAsync("job", "list", "--server", "http://127.0.0.1:1");
        code.ShouldBe(3);
        terminal.Error.ShouldContain("elasticjob up");
        terminal.Error.ShouldContain("http://127.0.0.1:1");
        terminal.Error.ShouldNotContain("   at ");
    }

    [Theory]
    [InlineData("job", "list", "-o", "xml")]
    [InlineData("job", "nonsense")]
    [InlineData("job", "show")]
    [InlineData("up", "--port", "70000")]
    [InlineData("up", "--containers", "maybe")]
    [InlineData("apply")]
    [InlineData("job", "list", "--server", "localhost")]
    [InlineData("run", "logs", "r", "--shard", "-1")]
    [InlineData("job", "trigger", "a", "--shards", "0,x")]
    [InlineData("job", "ledger", "a", "--since", "soon")]
    [InlineData("job", "ledger", "a", "--until", "soon")]
    public async Task WrongUsage_AnyOfThese_Exits2WithAMessage(params string[] arguments)
    {
        var terminal = new TestTerminal();
        int code = await terminal.RunAsync(arguments);
        code.ShouldBe(2, terminal.Error);
        terminal.Error.ShouldStartWith("elasticjob: ");
    }

    [Fact]
    public async Task Up_WithContainerd_IsRefusedClearly()
    {
        var terminal = new TestTerminal();
        (await terminal.RunAsync("up", "--containers", "containerd")).ShouldBe(1);
        terminal.Error.ShouldContain("--containers off");
    }

    [Fact]
    public async Task JobShow_Unknown_ShowsTheDetailAndExits1()
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync();
        var terminal = new TestTerminal();
        (await server.RunAsync(terminal, "job", "show", "nobody")).ShouldBe(1);
        terminal.Error.ShouldContain("There is no such thing.");
    }

    [Fact]
    public async Task Apply_WithFaults_ListsEachWithItsPath()
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync();
        server.On("POST /api/v1/apply", """
            {"title":"Refused","detail":"2 faults.","code":"invalidDefinition","faults":[
              {"document":1,"kind":"Job","name":"a","path":"policy.retry.attempts","message":"must be 1 or more"},
              {"document":2,"path":"kind","message":"is missing"}]}
            """, 422);
        var terminal = new TestTerminal { Input = "kind: Job\nname: a\n" };
        (await server.RunAsync(terminal, "apply", "-f", "-")).ShouldBe(1);
        terminal.Error.ShouldContain("  Job a, policy.retry.attempts: must be 1 or more");
        terminal.Error.ShouldContain("  document 2, kind: is missing");
    }

    [Fact]
    public async Task Apply_RelativePackage_IsTakenFromTheFolderOfItsFile()
    {
        string folder = Directory.CreateTempSubdirectory("elasticjob-apply-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "deep"));
            File.WriteAllText(Path.Combine(folder, "deep", "a.yaml"), "kind: App\nname: x\npackage: ./out\n---\nkind: App\nname: y\npackage: https://h/p.zip\n");
            File.WriteAllText(Path.Combine(folder, "b.json"), """[{"kind":"Job","name":"j","parameter":"007"}]""");
            File.WriteAllText(Path.Combine(folder, "notes.txt"), "not a definition");
            await using AnsweringServer server = await AnsweringServer.StartAsync();
            server.On("POST /api/v1/apply", """
                {"dryRun":true,"documents":[{"kind":"App","name":"x","change":"updated","differences":[
                  {"path":"command","old":"./a","new":"./b"},{"path":"description","new":"hi"},{"path":"checksum","old":"s"}]},
                  {"kind":"App","name":"y","change":"created"},{"kind":"Job","name":"j","change":"unchanged"}]}
                """);
            var terminal = new TestTerminal();
            (await server.RunAsync(terminal, "apply", "-f", folder, "--dry-run")).ShouldBe(0, terminal.Error);
            (string request, string body, _) = server.Asked.ShouldHaveSingleItem();
            request.ShouldBe("POST /api/v1/apply?dryRun=true");
            body.ShouldContain($"package: \"{Path.Combine(folder, "deep", "out")}\"");
            body.ShouldContain("https://h/p.zip");
            body.ShouldContain("\"007\"");
            terminal.Out.ShouldContain("~ App x");
            terminal.Out.ShouldContain("    ~ command: \"./a\" → \"./b\"");
            terminal.Out.ShouldContain("    + description: \"hi\"");
            terminal.Out.ShouldContain("    - checksum: \"s\"");
            terminal.Out.ShouldContain("Dry run, nothing is stored: 1 created, 1 changed, 1 unchanged.");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Apply_BrokenYaml_SaysWhereWithoutAsking()
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync();
        var terminal = new TestTerminal { Input = "kind: App\nname: [x\n" };
        (await server.RunAsync(terminal, "apply", "-f", "-")).ShouldBe(1);
        terminal.Error.ShouldContain("standard input:");
        server.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task Trigger_WithWait_ExitsByTheOutcome()
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync();
        server.On("POST /api/v1/jobs/a/trigger", """{"run":"a@1"}""")
            .On("GET /api/v1/runs/a@1", """{"id":"a@1","job":"a","version":1,"state":"finished","outcome":"failed","reason":"exit code 3","shards":[]}""");
        var terminal = new TestTerminal();
        (await server.RunAsync(terminal, "job", "trigger", "a", "--wait", "--parameter", "p", "--shards", "0,2")).ShouldBe(1);
        server.Asked.First().Body.ShouldBe("""{"parameter":"p","shards":[0,2]}""");
        terminal.Out.ShouldContain("exit code 3");
    }

    /// <summary>A run that is being killed has its outcome before its tasks have ended.</summary>
    [Fact]
    public async Task Trigger_WithWait_GoesOnUntilTheRunIsFinished()
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync();
        server.On("POST /api/v1/jobs/a/trigger", """{"run":"a@1"}""")
            .On("GET /api/v1/runs/a@1", """{"id":"a@1","job":"a","version":1,"state":"ending","outcome":"killed","reason":"still at it","shards":[]}""");
        var terminal = new TestTerminal();
        Task<int> waiting = server.RunAsync(terminal, "job", "trigger", "a", "--wait");
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (server.Asked.Count < 3 && !waiting.IsCompleted)
        {
            await again.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        server.On("GET /api/v1/runs/a@1", """{"id":"a@1","job":"a","version":1,"state":"finished","outcome":"killed","reason":"all ended","shards":[]}""");
        (await waiting).ShouldBe(1);
        terminal.Out.ShouldContain("all ended");
    }

    [Fact]
    public async Task RunLogs_OfAllShards_PrefixesEachLine()
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync();
        server.On("GET /api/v1/runs/r", """{"id":"r","state":"finished","outcome":"succeeded","shardCount":2}""")
            .On("GET /api/v1/runs/r/tasks", """[{"id":"t1","shard":1,"attempt":1},{"id":"t0","shard":0,"attempt":2}]""")
            .On("GET /api/v1/runs/r/tasks/t0/log", "zero\nagain\n")
            .On("GET /api/v1/runs/r/tasks/t1/log", "one\n");
        var terminal = new TestTerminal();
        (await server.RunAsync(terminal, "run", "logs", "r")).ShouldBe(0, terminal.Error);
        terminal.Out.ShouldBe($"0#2 | zero{Environment.NewLine}0#2 | again{Environment.NewLine}1 | one{Environment.NewLine}");
    }

    [Fact]
    public async Task Token_FromTheDataFolder_GoesToLoopbackServersOnly()
    {
        string data = Directory.CreateTempSubdirectory("elasticjob-token-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(data, "secrets"));
            File.WriteAllText(Path.Combine(data, "secrets", "api-token"), "\nlocal-secret\nanother-secret\n");
            await using AnsweringServer server = await AnsweringServer.StartAsync();
            server.On("GET /api/v1/jobs", """{"items":[]}""");
            (await server.RunAsync(new TestTerminal(), "job", "list", "--data", data)).ShouldBe(0);
            server.Asked.First().Token.ShouldBe("Bearer local-secret");
            var folder = new ElasticJob.Cli.Server.DataFolder(data);
            var terminal = new ElasticJob.Cli.Terminals.Terminal { In = TextReader.Null, Out = TextWriter.Null, Error = TextWriter.Null, Variable = _ => null, WorkingDirectory = data };
            ElasticJob.Cli.Server.ServerAddress.Of("http://198.51.100.7:8899", folder, terminal).Token.ShouldBeNull();
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }
}
