using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using ElasticJob.Local.Fetching;
using ElasticJob.Mesos.V1;

namespace ElasticJob.Local.Tests;

public sealed class FetchTests : IDisposable
{
    private readonly string _directory = TestCluster.NewDirectory();
    private readonly HttpClient _http = new();

    private string Sandbox => Directory.CreateDirectory(Path.Combine(_directory, "sandbox")).FullName;

    [Theory]
    [InlineData("app.tar.gz")]
    [InlineData("app.tgz")]
    [InlineData("app.tar")]
    public async Task Fetch_Tar_IsUnpackedWithModesAndLinks(string name)
    {
        string archive = Tar(name, File("bin/run", "#!/bin/sh", executable: true), Link("start", "bin/run"));
        await FetchAsync(archive);
        System.IO.File.ReadAllText(Path.Combine(Sandbox, "start")).ShouldBe("#!/bin/sh");
        System.IO.File.GetUnixFileMode(Path.Combine(Sandbox, "bin/run")).HasFlag(UnixFileMode.UserExecute).ShouldBeTrue();
    }

    [Fact]
    public async Task Fetch_Zip_KeepsTheExecutableBit()
    {
        string archive = Path.Combine(_directory, "app.zip");
        using (ZipArchive zip = ZipFile.Open(archive, ZipArchiveMode.Create))
        {
            ZipArchiveEntry entry = zip.CreateEntry("run");
            entry.ExternalAttributes = 0x81ED << 16;
            using Stream content = entry.Open();
            content.Write("x"u8);
        }

        await FetchAsync(new Uri(archive).AbsoluteUri);
        System.IO.File.GetUnixFileMode(Path.Combine(Sandbox, "run")).HasFlag(UnixFileMode.UserExecute).ShouldBeTrue();
    }

    public static TheoryData<string> Attacks() => ["../evil", "/tmp/evil", "a/../../evil", "out", "chain", "through", "hard", "device", "bomb"];

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task Fetch_ArchiveThatLeavesTheSandbox_IsRefused(string attack)
    {
        string archive = attack switch
        {
            "out" => Tar("a.tar", Link("link", "../..")),
            "chain" => Tar("a.tar", File("d/e/f", "x"), Link("d/e/up", "../.."), Link("escape", "d/e/up/../x")),
            "through" => Tar("a.tar", File("d/f", "x"), Link("l", "d"), File("l/g", "x")),
            "hard" => Tar("a.tar", new PaxTarEntry(TarEntryType.HardLink, "h") { LinkName = "../../etc/passwd" }),
            "device" => Tar("a.tar", new PaxTarEntry(TarEntryType.Fifo, "pipe")),
            "bomb" => Tar("a.tar.gz", File("big", new string('0', 2_000_000))),
            _ => Tar("a.tar", File(attack, "x")),
        };
        FetchFailedException fault = await Should.ThrowAsync<FetchFailedException>(() => FetchAsync(archive));
        fault.Message.ShouldContain(archive);
        System.IO.File.Exists(Path.Combine(_directory, "evil")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("broken.tar.gz")]
    [InlineData("broken.tgz")]
    [InlineData("broken.tar")]
    [InlineData("broken.zip")]
    public async Task Fetch_DamagedArchive_IsRefused(string name)
    {
        string archive = Path.Combine(_directory, name);
        await System.IO.File.WriteAllTextAsync(archive, "this is not an archive, whatever its name says", TestContext.Current.CancellationToken);
        (await Should.ThrowAsync<FetchFailedException>(() => FetchAsync(archive))).Message.ShouldContain(name);
    }

    [Theory]
    [InlineData("/no/such/file", "there is no file")]
    [InlineData("relative/path", "neither an absolute path")]
    [InlineData("ftp://host/file", "not supported")]
    public async Task Fetch_BadUri_SaysWhy(string uri, string why) =>
        (await Should.ThrowAsync<FetchFailedException>(() => FetchAsync(uri))).Message.ShouldContain(why);

    [Fact]
    public async Task Fetch_WrongChecksum_IsRefusedAndRightOneAccepted()
    {
        string file = Path.Combine(_directory, "tool");
        await System.IO.File.WriteAllTextAsync(file, "x", TestContext.Current.CancellationToken);
        (await Should.ThrowAsync<FetchFailedException>(() => FetchAsync($"{file}#sha256={new string('0', 64)}"))).Message.ShouldContain("SHA-256");
        await FetchAsync($"{file}#sha256={Convert.ToHexString(SHA256.HashData("x"u8))}");
        System.IO.File.Exists(Path.Combine(Sandbox, "tool")).ShouldBeTrue();
    }

    [Fact]
    public async Task Launch_MissingPackage_FailsTheTaskWithUriAndCause()
    {
        await using TestCluster test = await TestCluster.StartAsync();
        await using TestFramework framework = await TestFramework.SubscribeAsync(test.Cluster.MasterAddress);
        Offer offer = await framework.OfferAsync();
        TaskInfo task = Tasks.Custom(offer, "t");
        task.Executor.Command.Uris.Add(new CommandInfo.Types.URI { Value = "/no/such/app.tar.gz" });
        await framework.AcceptAsync(offer, task);
        Mesos.V1.TaskStatus failed = await framework.UpdateAsync("t", TaskState.TaskFailed);
        failed.Reason.ShouldBe(Mesos.V1.TaskStatus.Types.Reason.ContainerLaunchFailed);
        failed.Message.ShouldContain("/no/such/app.tar.gz");
    }

    public void Dispose()
    {
        _http.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static PaxTarEntry File(string name, string content, bool executable = false) => new(TarEntryType.RegularFile, name)
    {
        DataStream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(content)),
        Mode = UnixFileMode.UserRead | (executable ? UnixFileMode.UserExecute : 0),
    };

    private static PaxTarEntry Link(string name, string target) => new(TarEntryType.SymbolicLink, name) { LinkName = target };

    private string Tar(string name, params TarEntry[] entries)
    {
        string path = Path.Combine(_directory, name);
        using FileStream file = System.IO.File.Create(path);
        using Stream packed = name.EndsWith("gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionLevel.Fastest) : file;
        using var writer = new TarWriter(packed);
        foreach (TarEntry entry in entries)
        {
            writer.WriteEntry(entry);
        }

        return path;
    }

    private Task FetchAsync(string uri)
    {
        var command = new CommandInfo();
        command.Uris.Add(new CommandInfo.Types.URI { Value = uri });
        return new Fetcher(Path.Combine(_directory, "cache"), 1_000_000, _http).FetchAsync(command, Sandbox, TestContext.Current.CancellationToken);
    }
}
