using System.Globalization;
using System.IO.Compression;

namespace AccessLogs;

/// <summary><c>generate --files N --lines M --out DIR --seed S</c>: logs of any size; the same seed gives the same bytes of text.</summary>
internal static class LogGenerator
{
    private static readonly int[] Statuses = [200, 200, 200, 200, 200, 200, 304, 404, 500, 302];

    public static int Run(string[] args)
    {
        int files = 8;
        int lines = 10_000;
        int seed = 1;
        string folder = AccessLogOptions.FromEnvironment().Logs;
        for (int i = 0; i + 1 < args.Length; i += 2)
        {
            bool known = args[i] switch
            {
                "--files" => int.TryParse(args[i + 1], out files) && files > 0,
                "--lines" => int.TryParse(args[i + 1], out lines) && lines > 0,
                "--seed" => int.TryParse(args[i + 1], out seed),
                "--out" => (folder = args[i + 1]).Length > 0,
                _ => false,
            };
            if (!known)
            {
                return Usage();
            }
        }

        if (args.Length % 2 != 0)
        {
            return Usage();
        }

        Directory.CreateDirectory(folder);
        for (int file = 0; file < files; file++)
        {
            Write(Path.Combine(folder, $"access-{seed}-{file:00000}.log.gz"), lines, new Random((seed * 100_003) + file));
        }

        Console.WriteLine($"{files} files with {lines} lines each are in {folder}");
        return 0;
    }

    /// <summary>First under another name, so that no shard sees half a file.</summary>
    private static void Write(string path, int lines, Random random)
    {
        string unfinished = path + ".part";
        using (var zipped = new GZipStream(File.Create(unfinished), CompressionLevel.Fastest))
        using (var text = new StreamWriter(zipped) { NewLine = "\n" })
        {
            var time = new DateTimeOffset(2026, 11, 20, 0, 0, 0, TimeSpan.Zero);
            for (int i = 0; i < lines; i++)
            {
                time += TimeSpan.FromMilliseconds(random.Next(0, 16_000));
                string at = time.ToString("dd/MMM/yyyy:HH:mm:ss", CultureInfo.InvariantCulture);
                int status = Statuses[random.Next(Statuses.Length)];
                string bytes = status == 304 ? "-" : random.Next(100, 60_000).ToString(CultureInfo.InvariantCulture);
                text.WriteLine($"10.{random.Next(256)}.{random.Next(256)}.{random.Next(256)} - - [{at} +0000] \"GET /item/{random.Next(10_000)} HTTP/1.1\" {status} {bytes}");
            }
        }

        File.Move(unfinished, path, overwrite: true);
    }

    private static int Usage()
    {
        Console.Error.WriteLine("Usage: AccessLogs generate [--files N] [--lines M] [--out DIR] [--seed S]");
        return 2;
    }
}
