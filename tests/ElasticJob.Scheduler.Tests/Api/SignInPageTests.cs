using System.Net;
using System.Text.RegularExpressions;
using ElasticJob.Scheduler.Api.Contracts;

namespace ElasticJob.Scheduler.Tests.Api;

/// <summary>The page for people: the link, the first user, and out again, as a browser without scripts does it.</summary>
public sealed partial class SignInPageTests
{
    [Fact]
    public async Task Link_ToFirstUser_ToSignedOut()
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        string link = await host.LinkAsync();
        HttpClient browser = host.Anonymous();
        (await browser.AskAsync("/sign-in?link=" + link)).Is(200).Text.ShouldContain(link);
        (await browser.AskAsync("/sign-in?link=" + link)).Is(200).Text.ShouldContain("Sign in", Case.Sensitive, "looking does not use it up");

        Called entered = (await FormAsync(browser, "/sign-in", $"link={link}")).Is(302);
        SetCookie(browser, entered);
        string page = (await browser.AskAsync("/sign-in")).Is(200).Text;
        page.ShouldContain("role admin");
        string csrf = CsrfIn(page);
        (await FormAsync(browser, "/sign-in/user", $"user=ann&password={Uri.EscapeDataString(PlatformHost.Password)}&csrf=wrong")).Is(403, ProblemCode.Csrf);
        (await FormAsync(browser, "/sign-in/user", $"user=ann&password=short&csrf={csrf}")).Is(422).Text.ShouldContain("12 to 256");
        Called made = (await FormAsync(browser, "/sign-in/user", $"user=ann&password={Uri.EscapeDataString(PlatformHost.Password)}&csrf={csrf}")).Is(302);
        SetCookie(browser, made);
        string hers = (await browser.AskAsync("/sign-in")).Is(200).Text;
        hers.ShouldContain("<strong>ann</strong>");
        (await FormAsync(browser, "/sign-in/out", $"csrf={CsrfIn(hers)}")).Is(302);
        (await browser.AskAsync("/sign-in")).Text.ShouldContain("autocomplete=\"current-password\"");
        (await FormAsync(host.Anonymous(), "/sign-in", "user=ann&password=wrong")).Is(401).Text.ShouldContain("wrong.");
    }

    [Fact]
    public async Task Page_EscapesWhatItShows_AndRefusesOtherSites()
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        Called page = (await host.Anonymous().AskAsync("/sign-in?link=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")).Is(200);
        page.Text.ShouldNotContain("<script");
        page.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("frame-ancestors 'none'");
        string link = await host.LinkAsync();
        (await FormAsync(host.Anonymous(), "/sign-in", $"link={link}", r => r.Headers.Add("Sec-Fetch-Site", "cross-site"))).Is(403);
        (await FormAsync(host.Anonymous(), "/sign-in", $"link={link}", r => r.Headers.Add("Sec-Fetch-Site", "same-origin"))).Is(302);
    }

    private static Task<Called> FormAsync(HttpClient browser, string path, string form, Action<HttpRequestMessage>? change = null) =>
        browser.CallAsync(HttpMethod.Post, path, form, change, "application/x-www-form-urlencoded");

    private static void SetCookie(HttpClient browser, Called answer)
    {
        browser.DefaultRequestHeaders.Remove("Cookie");
        browser.DefaultRequestHeaders.Add("Cookie", PlatformHost.CookieOf(answer).Split(';')[0]);
    }

    private static string CsrfIn(string page) => WebUtility.HtmlDecode(Csrf().Match(page).Groups[1].Value);

    [GeneratedRegex("name=\"csrf\" value=\"([^\"]+)\"")]
    private static partial Regex Csrf();
}
