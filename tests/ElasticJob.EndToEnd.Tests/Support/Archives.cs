using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;

namespace ElasticJob.EndToEnd.Tests.Support;

/// <summary>Packages, good and bad.</summary>
internal static class Archives
{
    public static string TarGz(TestFolder folder, string source, string name = "app.tar.gz")
    {
        string file = Path.Combine(folder.Path, name);
        using var zipped = new GZipStream(File.Create(file), CompressionLevel.Fastest);
        TarFile.CreateFromDirectory(source, zipped, includeBaseDirectory: false);
        return file;
    }

    public static string Zip(TestFolder folder, string source)
    {
        string file = Path.Combine(folder.Path, "app.zip");
        ZipFile.CreateFromDirectory(source, file, CompressionLevel.Fastest, includeBaseDirectory: false);
        return file;
    }

    /// <summary>An archive with one file under a name as given.</summary>
    public static string TarGzWith(TestFolder folder, string entry)
    {
        string file = Path.Combine(folder.Path, "one.tar.gz");
        using var zipped = new GZipStream(File.Create(file), CompressionLevel.Fastest);
        using var tar = new TarWriter(zipped);
        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, entry) { DataStream = new MemoryStream("evil"u8.ToArray()) });
        return file;
    }

    public static string ZipWith(TestFolder folder, string entry)
    {
        string file = Path.Combine(folder.Path, "one.zip");
        using ZipArchive zip = ZipFile.Open(file, ZipArchiveMode.Create);
        using var writer = new StreamWriter(zip.CreateEntry(entry).Open());
        writer.Write("evil");
        return file;
    }

    public static string Checksum(string file) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
}
