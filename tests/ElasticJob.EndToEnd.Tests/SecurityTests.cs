using System.Net;
using System.Text;
using System.Text.Json;
using ElasticJob.EndToEnd.Tests.Support;

namespace ElasticJob.EndToEnd.Tests;

public sealed class SecurityTests(SharedPlatform shared) : IClassFixture<SharedPlatform>
{
    private readonly Platform platform = shared.Platform;
    private readonly TestFolder folder = shared.Folder;

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer wrong")]
    [InlineData("Basic YTpi")]
    public async Task Request_WithoutTheToken_IsUnauthorized(string? authorization)
    {
        using var http = new HttpClient { BaseAddress = platform.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/v1/jobs");
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        using HttpResponseMessage answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        answer.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json");
        JsonElement.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Text("code").ShouldBe("unauthorized");
    }

    [Fact]
    public async Task Request_WithAnotherHostName_IsRefused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/v1/jobs") { Headers = { Host = "evil.example" } };
        using HttpResponseMessage answer = await platform.Api.Http.SendAsync(request, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.MisdirectedRequest);
        answer.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json");
    }

    [Fact]
    public void Secrets_AreForTheirOwnerAlone()
    {
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        File.GetUnixFileMode(Path.Combine(folder.Data, "secrets", "api-token")).ShouldBe(Owner);
        File.GetUnixFileMode(Path.Combine(folder.Data, "secrets")).ShouldBe(Owner | UnixFileMode.UserExecute);
        File.GetUnixFileMode(folder.Data).ShouldBe(Owner | UnixFileMode.UserExecute);
    }

    [Fact]
    public async Task Token_IsInNoFileButItsOwn_AndNotOnTheTerminal()
    {
        await platform.ApplyAsync(Definitions.App(folder) + Definitions.Job("ok"));
        await platform.DemandAsync("job", "trigger", "ok", "--wait");
        await platform.Api.TryAsync(HttpMethod.Get, $"api/v1/nothing?token={platform.Api.Token}");
        platform.Output.ShouldNotContain(platform.Api.Token);
        byte[] token = Encoding.UTF8.GetBytes(platform.Api.Token);
        string[] holders = [.. Directory.EnumerateFiles(folder.Data, "*", SearchOption.AllDirectories).Where(f => !IsLock(f) && Holds(f, token))];
        holders.ShouldBe([Path.Combine(folder.Data, "secrets", "api-token")]);
    }

    /// <summary>Locked files are empty marks that nobody else can open.</summary>
    private static bool IsLock(string file) => Path.GetFileName(file) is "platform.lock" or "lock" || file.EndsWith(".lock", StringComparison.Ordinal);

    private static bool Holds(string file, byte[] token)
    {
        using var open = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] content = new byte[open.Length];
        int read = open.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        return content.AsSpan(0, read).IndexOf(token) >= 0;
    }
}
