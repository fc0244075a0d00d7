using System.Net.Http.Headers;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using ElasticJob.Scheduler.Api.Contracts;

namespace ElasticJob.Scheduler.Tests.Api;

/// <summary>Whatever is sent to whatever address: never a mistake of the server, and every refusal a problem with a code that is known.</summary>
public sealed partial class FuzzTests
{
    private const int RoundsOfAddress = 30;

    private static readonly string[] Codes =
        [.. typeof(ProblemCode).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (string)f.GetRawConstantValue()!)];

    private static readonly string[] Texts =
    [
        "", " ", "none", "*", "%", "..", "../../etc/passwd", "a b", "ä☂", "\u0000", "\uFFFD", "'; drop table events; --", "<script>", "-1", "0", "1e999", "99999999999999999999",
        "true", "null", "2026-01-01T00:00:00Z", "0001-01-01", "9999-12-31T23:59:59.9999999Z", "1h", "-1h", "999999999d", "P1D", "created", "name", "-name", "minute",
        new string('x', 1000), new string('%', 40), "{}", "[]", "\"3\"", "W/\"3\"", "cnVucyt8fDU", "a,b,c", "job@20260101T000000Z",
    ];

    private static readonly string[] Bodies =
    [
        "", "{", "}", "[]", "null", "1", "\"x\"", "{}", "{\"shards\":[-1,99999999999]}", "{\"shard\":1e400}", "{\"parameter\":{}}", "{\"name\":null,\"role\":\"king\"}",
        "{\"name\":\"x\",\"role\":7}", "{\"user\":\"a\",\"password\":\"b\"}", "{\"link\":\"x\"}", "{\"old\":1}", "{\"apps\":[null],\"jobs\":[1]}", "{\"expiresIn\":\"-5d\",\"name\":\"n\"}",
        "kind: App", "kind: Job\nname: x", "kind: Job\nname: x\napp: y\nschedule: nonsense\nshards: {count: -3}", "kind: [App]\nname: {a: b}", "a: &a [*a]", "a: &x {b: *x}", "? : -", "%YAML 9.9",
        "--- !!binary x\n---\n...", "kind: App\nname: a\nenvironment: {X: {fromFile: 3}}", "\t\t:", "{kind: App, name: a, resources: {cpus: .nan, memory: 1e99Ti}}",
        "kind: Job\nname: j\napp: a\nhttp: {url: 'http://[::', headers: {a: \"b\\r\\nc\"}}", "user=a&password=b&csrf=%ff%fe", "link=%00", "{\"a\":" + "1" + new string('0', 400) + "}",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(20260501)]
    public async Task Pitfall20_Anything_ToAnyAddress_IsAnsweredOrRefusedWithACode(int seed)
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        var dice = new Dice(seed);
        HttpClient local = host.Local;
        (await local.CallAsync(HttpMethod.Post, ApiRoutes.Apply, "{kind: App, name: none}\n---\n{kind: Job, name: job, app: none, script: ls}", null, "application/yaml")).Is(200);
        var wrong = new List<string>();
        foreach (EndpointMatrixTests.Address address in EndpointMatrixTests.AddressesOf(host))
        {
            for (int round = 0; round < RoundsOfAddress; round++)
            {
                using HttpRequestMessage request = Make(address, dice);
                string sent = $"seed {seed}: {request.Method} {request.RequestUri} {request.Content?.Headers.ContentType} {(request.Content is null ? "" : Encoding.UTF8.GetString(await request.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)))}";
                using HttpResponseMessage answer = await local.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
                string? type = answer.Content.Headers.ContentType?.MediaType;
                string text = type == "text/event-stream" ? "" : await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                if ((int)answer.StatusCode >= 500 || ((int)answer.StatusCode >= 400 && !IsRefusal(address, type, text)) || text.Contains("   at ElasticJob."))
                {
                    wrong.Add($"{sent} → {(int)answer.StatusCode} {type} {text}");
                }
            }
        }

        wrong.ShouldBeEmpty(string.Join('\n', wrong.Take(10).Concat(host.Log.Lines.Where(l => l.StartsWith("5001 ", StringComparison.Ordinal)).Take(5))));
    }

    /// <summary>The page for people refuses on a page; everything else as a problem.</summary>
    private static bool IsRefusal(EndpointMatrixTests.Address address, string? type, string text) =>
        type == "application/problem+json" ? Codes.Contains(System.Text.Json.Nodes.JsonNode.Parse(text)!["code"]!.GetValue<string>())
        : address.Pattern.StartsWith("/sign-in", StringComparison.Ordinal) && type == "text/html";

    private static HttpRequestMessage Make(EndpointMatrixTests.Address address, Dice dice)
    {
        string path = Parameter().Replace(address.Pattern, _ => Segment(dice));
        var query = new StringBuilder();
        for (int i = dice.Next(4); i > 0; i--)
        {
            // Mostly what the address knows: anything else is refused before it is looked at.
            string name = address.Query.Length > 0 && dice.Next(8) > 0 ? dice.Of(address.Query) : dice.Of("limit", "cursor", "sort", "q", "app", "state", "since", "until", "from", "to", "by", "job", "run", "kind", "after", "n", "offset", "tail", "manual", "dryRun", "outcome", "trigger", "actor", "link", "x");
            query.Append(query.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(dice.Of(Texts)));
        }

        var request = new HttpRequestMessage(address.Method, new Uri(path + query, UriKind.Relative));
        if (address.IsWrite || dice.Next(10) == 0)
        {
            byte[] body = dice.Next(5) switch
            {
                0 => dice.Bytes(dice.Next(300)),
                1 => Encoding.UTF8.GetBytes(Mutated(dice.Of(Bodies), dice)),
                2 => Encoding.UTF8.GetBytes(new string(dice.Of('[', '{', '-', '"', '&'), 3000)),
                _ => Encoding.UTF8.GetBytes(dice.Of(Bodies)),
            };
            request.Content = new ByteArrayContent(body);
            string type = dice.Of("application/json", "application/json", "application/yaml", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json; charset=bogus", "image/png", "");
            if (type.Length > 0)
            {
                request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
            }
        }

        for (int i = dice.Next(3); i > 0; i--)
        {
            request.Headers.TryAddWithoutValidation(
                dice.Of("If-Match", "If-None-Match", "Accept", "Last-Event-ID", "Range", "Cookie", "X-CSRF-Token", "Accept-Encoding", "X-Forwarded-For", "Sec-Fetch-Site"),
                Printable(dice.Of(Texts)));
        }

        return request;
    }

    // An empty segment, or one of dots, would be another address; a NUL in the path is refused by the HTTP server itself, without a body.
    private static string Segment(Dice dice) =>
        Uri.EscapeDataString(dice.Of(Texts) is { Length: > 0 and < 500 } text && text.Trim('.').Length > 0 && !text.Contains('\0') ? text : "none");

    private static string Printable(string text) => new([.. text.Take(2000).Select(c => c is >= ' ' and < '\u007f' ? c : '?')]);

    private static string Mutated(string text, Dice dice)
    {
        var chars = new StringBuilder(text);
        for (int i = 1 + dice.Next(4); i > 0 && chars.Length > 0; i--)
        {
            int at = dice.Next(chars.Length);
            _ = dice.Next(3) switch
            {
                0 => chars.Remove(at, 1),
                1 => chars.Insert(at, (char)(1 + dice.Next(300))),
                _ => chars.Append(chars.ToString(at, chars.Length - at)),
            };
        }

        return chars.ToString();
    }

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Parameter();

    /// <summary>Numbers that a seed repeats, on every version of .NET (xorshift).</summary>
    private sealed class Dice(int seed)
    {
        private ulong state = ((ulong)seed * 0x9E3779B97F4A7C15) | 1;

        public int Next(int below)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            return below == 0 ? 0 : (int)(state % (ulong)below);
        }

        public T Of<T>(params T[] all) => all[Next(all.Length)];

        public byte[] Bytes(int count) => [.. Enumerable.Range(0, count).Select(_ => (byte)Next(256))];
    }
}
