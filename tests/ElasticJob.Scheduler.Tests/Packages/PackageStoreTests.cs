using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using ElasticJob.Scheduler.Packages;
using ElasticJob.Scheduling.Definitions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Scheduler.Tests.Packages;

public sealed class PackageStoreTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("elasticjob-packages-").FullName;
    private readonly PackageStore store;

    public PackageStoreTests() => store = NewStore();

    public void Dispose()
    {
        store.Dispose();
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public async Task Store_FolderTwice_IsOneArchiveWithModesAndLinks()
    {
        string folder = NewFolder("app");
        File.WriteAllText(Path.Combine(folder, "run"), "#!/bin/sh");
        Directory.CreateDirectory(Path.Combine(folder, "lib"));
        File.WriteAllText(Path.Combine(folder, "lib", "x"), "x");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path.Combine(folder, "run"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.CreateSymbolicLink(Path.Combine(folder, "link"), "lib/x");
        }

        StoredPackage first = await StoreAsync(folder);
        File.SetLastWriteTimeUtc(Path.Combine(folder, "run"), DateTime.UnixEpoch.AddYears(30));
        StoredPackage second = await StoreAsync(folder);
        second.ShouldBe(first);
        Path.GetFileName(first.Uri).ShouldBe($"sha256-{first.Digest[7..]}.tar.gz");
        Path.IsPathFullyQualified(first.Uri).ShouldBeTrue();
        string unpacked = NewFolder("unpacked");
        await using (var gzip = new GZipStream(File.OpenRead(first.Uri), CompressionMode.Decompress))
        {
            await TarFile.ExtractToDirectoryAsync(gzip, unpacked, overwriteFiles: false, TestContext.Current.CancellationToken);
        }

        File.ReadAllText(Path.Combine(unpacked, "lib", "x")).ShouldBe("x");
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(Path.Combine(unpacked, "run")).HasFlag(UnixFileMode.UserExecute).ShouldBeTrue();
            new FileInfo(Path.Combine(unpacked, "link")).LinkTarget.ShouldBe("lib/x");
        }
    }

    [Fact]
    public async Task Store_Archives_AreKeptAsTheyAre()
    {
        string tar = Tar(("./a/b", TarEntryType.RegularFile, null));
        StoredPackage stored = await StoreAsync(new Uri(tar).AbsoluteUri);
        File.ReadAllBytes(stored.Uri).ShouldBe(File.ReadAllBytes(tar));
        string zip = Zip(("a/b", "text", 0));
        (await StoreAsync(zip)).Uri.ShouldEndWith(".zip");
        Directory.GetFiles(Path.Combine(root, "store")).Length.ShouldBe(2);
    }

    [Fact]
    public async Task Sweep_OldOnesThatNobodyUses_GoAndTheOthersStay()
    {
        StoredPackage used = await StoreAsync(Tar(("used", TarEntryType.RegularFile, null)));
        StoredPackage unused = await StoreAsync(Tar(("unused", TarEntryType.RegularFile, null)));
        StoredPackage fresh = await StoreAsync(Tar(("fresh", TarEntryType.RegularFile, null)));
        string aside = Path.Combine(root, "store", ".new-left"), foreign = Path.Combine(root, "store", "notes.txt");
        File.WriteAllText(aside, "half");
        File.WriteAllText(foreign, "not ours");
        foreach (string old in new[] { used.Uri, unused.Uri, aside, foreign })
        {
            File.SetLastWriteTimeUtc(old, DateTime.UnixEpoch);
        }

        store.Sweep([used]).ShouldBe(2);

        new[] { used.Uri, unused.Uri, fresh.Uri, aside, foreign }.Select(File.Exists).ShouldBe([true, false, true, false, true]);
        store.Sweep([used]).ShouldBe(0);
    }

    [Fact]
    public async Task Store_Checksum_IsVerified()
    {
        string tar = Tar(("a", TarEntryType.RegularFile, null));
        string digest = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(tar)));
        (await store.StoreAsync(tar, digest, TestContext.Current.CancellationToken)).Digest.ShouldBe(digest);
        PackageException e = await Should.ThrowAsync<PackageException>(async () => await store.StoreAsync(tar, "sha256:" + new string('0', 64), TestContext.Current.CancellationToken));
        e.Message.ShouldContain(digest);
    }

    [Theory]
    [InlineData("../evil", "outside")]
    [InlineData("a/../../evil", "outside")]
    [InlineData("/etc/passwd", "absolute path")]
    public async Task Store_TarEntryEscapes_IsRefusedByName(string name, string part)
    {
        (await RefusedAsync(Tar((name, TarEntryType.RegularFile, null)))).ShouldSatisfyAllConditions(m => m.ShouldContain(name), m => m.ShouldContain(part));
        (await RefusedAsync(Zip((name, "x", 0)))).ShouldSatisfyAllConditions(m => m.ShouldContain(name), m => m.ShouldContain(part));
    }

    [Theory]
    [InlineData(TarEntryType.SymbolicLink, "/etc")]
    [InlineData(TarEntryType.SymbolicLink, "../../x")]
    [InlineData(TarEntryType.HardLink, "../x")]
    [InlineData(TarEntryType.HardLink, "/etc/passwd")]
    public async Task Store_LinkOutside_IsRefused(TarEntryType type, string target)
    {
        string message = await RefusedAsync(Tar(("d/link", type, target)));
        message.ShouldContain("d/link");
        message.ShouldContain("outside");
    }

    [Fact]
    public async Task Store_EntryBelowLink_IsRefused() =>
        (await RefusedAsync(Tar(("d/", TarEntryType.Directory, null), ("link", TarEntryType.SymbolicLink, "d"), ("link/x", TarEntryType.RegularFile, null)))).ShouldContain("may not go through links");

    [Theory]
    [InlineData(TarEntryType.Fifo)]
    [InlineData(TarEntryType.CharacterDevice)]
    [InlineData(TarEntryType.BlockDevice)]
    public async Task Store_Device_IsRefused(TarEntryType type) => (await RefusedAsync(Tar(("dev", type, null)))).ShouldContain("only files, folders and links");

    [Fact]
    public async Task Store_ZipLinkOutside_IsRefused() => (await RefusedAsync(Zip(("link", "../../x", 0xA1FF)))).ShouldContain("outside");

    [Fact]
    public async Task Store_Damaged_IsRefused()
    {
        byte[] tar = File.ReadAllBytes(Tar(("a", TarEntryType.RegularFile, null)));
        byte[] zip = File.ReadAllBytes(Zip(("a", new string('x', 5000), 0)));
        byte[] flipped = [.. tar];
        flipped[^5] ^= 0xFF;
        byte[] crc = [.. zip];
        crc[40] ^= 0xFF;
        foreach (byte[] bytes in new[] { tar[..(tar.Length / 2)], flipped, zip[..(zip.Length / 2)], crc, [0x1f, 0x8b], "P"u8.ToArray(), [], "hello"u8.ToArray() })
        {
            string path = Path.Combine(root, "damaged");
            File.WriteAllBytes(path, bytes);
            await RefusedAsync(path);
        }
    }

    [Fact]
    public async Task Store_UnpacksToTooMuch_IsRefused()
    {
        using PackageStore small = NewStore(o => o with { LargestUnpacked = 10_000 });
        string folder = NewFolder("big");
        File.WriteAllBytes(Path.Combine(folder, "zeros"), new byte[1_000_000]);
        (await RefusedAsync(folder, small)).ShouldContain("unpacks to more");
        (await RefusedAsync(Zip(("zeros", new string('0', 1_000_000), 0)), small)).ShouldContain("unpacks to more");
    }

    [Fact]
    public async Task Store_MissingOrEmpty_IsRefused()
    {
        (await RefusedAsync(Path.Combine(root, "nowhere"))).ShouldContain("There is no file or folder");
        (await RefusedAsync(NewFolder("empty"))).ShouldContain("is empty");
        string nothing = Path.Combine(root, "nothing");
        await using (var gzip = new GZipStream(File.Create(nothing), CompressionLevel.Fastest))
        {
            gzip.Write(new byte[1024]);
        }

        (await RefusedAsync(nothing)).ShouldContain("empty archive");
    }

    [Fact]
    public async Task Store_FolderWithPipe_IsRefusedWithoutWaiting()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        string folder = NewFolder("pipes");
        File.WriteAllText(Path.Combine(folder, "empty"), "");
        await StoreAsync(folder);
        using (Process mkfifo = Process.Start("mkfifo", [Path.Combine(folder, "pipe")]))
        {
            await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
            mkfifo.ExitCode.ShouldBe(0);
        }

        (await RefusedAsync(folder)).ShouldContain("neither a file, a folder nor a link");
    }

    [Fact]
    public async Task Store_Http_FollowsFewRedirectsAndLimitsSize()
    {
        byte[] tar = File.ReadAllBytes(Tar(("a", TarEntryType.RegularFile, null)));
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using WebApplication server = builder.Build();
        server.MapGet("/app.tar.gz", () => Results.Bytes(tar));
        server.MapGet("/moved", () => Results.Redirect("/app.tar.gz"));
        server.MapGet("/circle", () => Results.Redirect("/circle"));
        server.MapGet("/endless", async (HttpContext context) =>
        {
            byte[] chunk = new byte[64 * 1024];
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
            }
        });
        server.MapGet("/silent", (HttpContext context) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        await server.StartAsync(TestContext.Current.CancellationToken);
        string address = server.Urls.First();

        File.ReadAllBytes((await StoreAsync(address + "/app.tar.gz")).Uri).ShouldBe(tar);
        (await StoreAsync(address + "/moved")).Digest.ShouldBe("sha256:" + Convert.ToHexStringLower(SHA256.HashData(tar)));
        (await RefusedAsync(address + "/circle")).ShouldContain("redirects more than 5 times");
        string missing = await RefusedAsync(address.Replace("://", "://user:secret@") + "/none?token=secret");
        missing.ShouldContain("answers 404");
        missing.ShouldNotContain("token=secret");
        missing.ShouldNotContain("user:secret");
        using PackageStore small = NewStore(o => o with { LargestArchive = 1_000_000 });
        (await RefusedAsync(address + "/endless", small)).ShouldContain("more than 1000000 bytes");
        using PackageStore hasty = NewStore(o => o with { DownloadTimeout = TimeSpan.FromMilliseconds(50) });
        (await RefusedAsync(address + "/silent", hasty)).ShouldContain("did not arrive");
        await server.StopAsync(TestContext.Current.CancellationToken);
        (await RefusedAsync(address + "/app.tar.gz")).ShouldContain("cannot be fetched");
    }

    private PackageStore NewStore(Func<PackageStoreOptions, PackageStoreOptions>? change = null)
    {
        var options = new PackageStoreOptions { Folder = Path.Combine(root, "store") };
        return new PackageStore(change?.Invoke(options) ?? options, TimeProvider.System);
    }

    private ValueTask<StoredPackage> StoreAsync(string package) => store.StoreAsync(package, null, TestContext.Current.CancellationToken);

    private async Task<string> RefusedAsync(string package, PackageStore? other = null)
    {
        int before = Directory.Exists(Path.Combine(root, "store")) ? Directory.GetFiles(Path.Combine(root, "store")).Length : 0;
        PackageException e = await Should.ThrowAsync<PackageException>(async () => await (other ?? store).StoreAsync(package, null, TestContext.Current.CancellationToken));
        Directory.GetFiles(Path.Combine(root, "store")).Length.ShouldBe(before, "a refused package leaves nothing behind");
        return e.Message;
    }

    private string NewFolder(string name) => Directory.CreateDirectory(Path.Combine(root, name)).FullName;

    private string Tar(params (string Name, TarEntryType Type, string? Link)[] entries)
    {
        string path = Path.Combine(root, Path.GetRandomFileName());
        using var tar = new TarWriter(new GZipStream(File.Create(path), CompressionLevel.Fastest));
        foreach ((string name, TarEntryType type, string? link) in entries)
        {
            var entry = new PaxTarEntry(type, name);
            if (link is not null)
            {
                entry.LinkName = link;
            }

            if (type == TarEntryType.RegularFile)
            {
                entry.DataStream = new MemoryStream(RandomNumberGenerator.GetBytes(2000));
            }

            tar.WriteEntry(entry);
        }

        return path;
    }

    private string Zip(params (string Name, string Text, int Mode)[] entries)
    {
        string path = Path.Combine(root, Path.GetRandomFileName());
        using var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        foreach ((string name, string text, int mode) in entries)
        {
            ZipArchiveEntry entry = zip.CreateEntry(name);
            entry.ExternalAttributes = mode << 16;
            using var writer = new StreamWriter(entry.Open());
            writer.Write(text);
        }

        return path;
    }
}
