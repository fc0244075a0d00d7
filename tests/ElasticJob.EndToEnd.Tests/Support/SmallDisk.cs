namespace ElasticJob.EndToEnd.Tests.Support;

/// <summary>A disk of a few megabytes, in memory, that a test can fill. Mounting it needs root.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly string mount;

    private SmallDisk(string mount) => this.mount = mount;

    public string Data => Path.Combine(mount, "data");

    private string Ballast => Path.Combine(mount, "ballast");

    public static async Task<SmallDisk> MountAsync(TestFolder folder, int mebibytes)
    {
        string mount = folder.Folder("disk");
        Ended ended = await Program.RunAsync("mount", ["-t", "tmpfs", "-o", $"size={mebibytes}m,mode=0755", "tmpfs", mount]);
        ended.Code.ShouldBe(0, $"A disk to fill cannot be mounted; run this test as root, with the right to mount. {ended.All}");
        return new SmallDisk(mount);
    }

    /// <summary>Takes all the room that is left.</summary>
    public void Fill()
    {
        using var file = new FileStream(Ballast, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        foreach (int size in new[] { 65536, 4096, 1 })
        {
            byte[] block = new byte[size];
            try
            {
                while (true)
                {
                    file.Write(block);
                }
            }
            catch (IOException)
            {
                // Full, as far as blocks of this size go.
            }
        }
    }

    public void Free() => File.Delete(Ballast);

    public async ValueTask DisposeAsync() => await Program.RunAsync("umount", ["-l", mount]);
}
