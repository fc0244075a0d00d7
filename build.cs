// The build program: dotnet run build.cs -- TASK. Its tasks are in the table below; 'help' prints them.
#:property PublishAot=false
#:property TreatWarningsAsErrors=false
using System.Diagnostics;
using System.Xml.Linq;

string root = Build.Root();
Directory.SetCurrentDirectory(root);
string task = args.Length > 0 ? args[0] : "help";
string[] rest = [.. args.Skip(1).Where((a, i) => !(i == 0 && a == "--"))];
try
{
    return task switch
    {
        "run" => Build.Run(rest),
        "test" => Build.Test(rest),
        "simulate" => Build.Simulate(rest),
        "chaos" => Build.Chaos(rest),
        "bench" => Build.Bench(rest),
        "pack" => Build.Pack(),
        "clean" => Build.Clean(),
        "help" or "--help" or "-h" => Build.Help(0),
        _ => Build.Help(2, task),
    };
}
catch (BuildException e)
{
    Console.Error.WriteLine($"build: {e.Message}");
    return 1;
}

internal sealed class BuildException(string message) : Exception(message);

internal static class Build
{
    private static readonly string[] Examples = ["AccessLogs", "Heartbeat", "HelloShards"];

    /// <summary>The folder of this file; the path that the compiler knows is mapped, so the host is asked.</summary>
    public static string Root() => AppContext.GetData("EntryPointFileDirectoryPath") as string
        ?? (File.Exists("ElasticJob.sln") ? Directory.GetCurrentDirectory() : throw new BuildException("start it from the folder with ElasticJob.sln."));

    public static int Help(int code, string? unknown = null)
    {
        (code == 0 ? Console.Out : Console.Error).WriteLine((unknown is null ? "" : $"build: there is no task '{unknown}'.\n") + """
            dotnet run build.cs -- TASK      (or ./build.sh TASK)
              run [-- ARGS]      builds everything and starts 'elasticjob up --examples ARGS'; Ctrl+C ends it
              test [NAME…]       builds, then runs every test project (or those whose name holds NAME); last line: N passed, N failed
              simulate [--seeds N] [--minutes M] [--seed S]   histories of faults in virtual time; a failing seed prints how to replay it
              chaos [--minutes N] [--seed S]   three schedulers, three ZooKeeper servers, 200 jobs, and faults; ten minutes unless told otherwise
              bench quick|events|api|takeover|zookeeper   the numbers of the main path, the event store, the API, a takeover or ZooKeeper, measured on this machine
              pack               the NuGet packages, into artifacts/package
              clean              removes artifacts/
            """);
        return code;
    }

    // --- run ----------------------------------------------------------------------------------------------------------

    public static int Run(string[] args)
    {
        BuildProduct();

        // In place of this process, as far as a program can: signals of the terminal reach both, and this one only waits.
        using var interrupt = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGINT, c => c.Cancel = true);
        string program = Path.Combine("artifacts", "bin", "ElasticJob.Cli", "release", OperatingSystem.IsWindows() ? "elasticjob.exe" : "elasticjob");
        var start = new ProcessStartInfo(Path.GetFullPath(program)) { UseShellExecute = false };
        foreach (string argument in new[] { "up", "--examples" }.Concat(args))
        {
            start.ArgumentList.Add(argument);
        }

        using Process up = Process.Start(start) ?? throw new BuildException($"{program} could not be started.");
        using var terminate = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, c =>
        {
            // SIGTERM goes to this process alone: hand it on, and end when 'up' has ended.
            c.Cancel = true;
            using Process? kill = Process.Start("kill", ["-TERM", up.Id.ToString()]);
        });
        up.WaitForExit();
        return up.ExitCode;
    }

    /// <summary>The program, and the examples beside it: a folder each, with the app's files and its definitions.</summary>
    private static void BuildProduct()
    {
        Console.WriteLine("Building the program (the first time takes a few minutes)…");
        Dotnet("build", "src/ElasticJob.Cli", "-c", "Release", "-v", "q", "--nologo");
        string beside = Path.Combine("artifacts", "bin", "ElasticJob.Cli", "release", "examples");
        foreach (string example in Examples)
        {
            Console.WriteLine($"Building the example {example}…");
            Dotnet("publish", $"examples/{example}", "-c", "Release", "-v", "q", "--nologo", "-o", Path.Combine(beside, example));
        }

        // Scripts need no build.
        string scripts = Path.Combine(beside, "Scripts");
        Directory.CreateDirectory(scripts);
        foreach (string file in Directory.GetFiles("examples/Scripts"))
        {
            File.Copy(file, Path.Combine(scripts, Path.GetFileName(file)), overwrite: true);
        }
    }

    // --- test ---------------------------------------------------------------------------------------------------------

    /// <summary>How many histories of faults the whole build runs: two minutes on two cores.</summary>
    private const string Histories = "20000";

    /// <summary>No test project needs half of this; one that hangs must not hide what the others say.</summary>
    private static readonly TimeSpan TestsLimit = TimeSpan.FromMinutes(15);

    public static int Test(string[] names)
    {
        InstallWhatTestsNeed();
        List<string> projects = [.. Directory.GetFiles("tests", "*.Tests.csproj", SearchOption.AllDirectories)
            .Where(p => names.Length == 0 || names.Any(n => p.Contains(n, StringComparison.OrdinalIgnoreCase)))
            .Where(p => Directory.EnumerateFiles(Path.GetDirectoryName(p)!, "*.cs", SearchOption.AllDirectories).Any())
            .Order(StringComparer.Ordinal)];
        if (projects.Count == 0)
        {
            throw new BuildException($"no test project's name holds {string.Join(" or ", names)}.");
        }

        if (names.Length == 0)
        {
            Environment.SetEnvironmentVariable("ELASTICJOB_HISTORIES", Histories);
            Dotnet("restore", "ElasticJob.sln", "-v", "q", "--nologo");
            Dotnet("build", "ElasticJob.sln", "-c", "Release", "-v", "q", "--nologo", "--no-restore");
            BuildProduct();
        }
        else
        {
            projects.ForEach(p => Dotnet("build", p, "-c", "Release", "-v", "q", "--nologo"));
        }

        string results = Path.GetFullPath(Path.Combine("artifacts", "test-results"));
        Directory.CreateDirectory(results);
        var outcomes = new List<(string Name, int Passed, int Failed, double Seconds)>();
        foreach (string project in projects)
        {
            outcomes.Add(RunTests(project, results));
        }

        int width = outcomes.Max(o => o.Name.Length);
        Console.WriteLine();
        Console.WriteLine($"{"project".PadRight(width)}  passed  failed  seconds");
        foreach ((string name, int passed, int failed, double seconds) in outcomes)
        {
            Console.WriteLine($"{name.PadRight(width)}  {passed,6}  {failed,6}  {seconds,7:0.0}");
        }

        int failures = outcomes.Sum(o => o.Failed);
        Console.WriteLine();
        Console.WriteLine($"{outcomes.Sum(o => o.Passed)} passed, {failures} failed");
        return failures == 0 ? 0 : 1;
    }

    /// <summary>One after the other, so that none measures the load of another; inside, a test project runs its own collections in parallel.</summary>
    private static (string Name, int Passed, int Failed, double Seconds) RunTests(string project, string results)
    {
        string name = Path.GetFileNameWithoutExtension(project);
        string library = Path.Combine("artifacts", "bin", name, "release", name + ".dll");
        string report = Path.Combine(results, name + ".xml");
        File.Delete(report);
        Console.WriteLine($"{name}…");
        long from = Stopwatch.GetTimestamp();
        int? code = Start("dotnet", [library, "-xml", report, "-noLogo", "-maxThreads", $"{Math.Clamp(Environment.ProcessorCount, 1, 8)}", "-longRunning", "120"], TestsLimit);
        double seconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
        if (!File.Exists(report))
        {
            Console.Error.WriteLine(code is null
                ? $"{name} had not ended after {TestsLimit.TotalMinutes} minutes and was ended; that counts as one failure. The tests that hung are named above as long-running."
                : $"{name} ended with exit code {code} and without a report; that counts as one failure.");
            return (name, 0, 1, seconds);
        }

        // <assemblies><assembly total passed failed skipped not-run errors>. Nothing may be skipped: that counts as a failure.
        List<XElement> assemblies = [.. XDocument.Load(report).Descendants("assembly")];
        int Sum(string attribute) => assemblies.Sum(a => (int?)a.Attribute(attribute) ?? 0);
        int failed = Sum("failed") + Sum("errors") + Sum("skipped") + Sum("not-run");
        return (name, Sum("passed"), code != 0 && failed == 0 ? 1 : failed, seconds);
    }

    /// <summary>What tests call, and the Debian package that brings it.</summary>
    private static void InstallWhatTestsNeed()
    {
        (string Command, string Package)[] needed =
            [("python3", "python3"), ("curl", "curl"), ("tar", "tar"), ("ps", "procps"), ("gzip", "gzip"), ("awk", "mawk"), ("unzip", "unzip"), ("zip", "zip"),
             ("faketime", "faketime"), ("setsid", "util-linux"), ("mount", "mount"), ("node", "nodejs"), ("npm", "npm")];
        string[] path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        bool Has(string command) => path.Any(folder => File.Exists(Path.Combine(folder, command)));
        List<(string Command, string Package)> missing = [.. needed.Where(n => !Has(n.Command))];

        // Debian keeps the server's programs out of the PATH.
        if (!Directory.Exists("/usr/lib/postgresql") || !Directory.EnumerateFiles("/usr/lib/postgresql", "initdb", SearchOption.AllDirectories).Any())
        {
            missing.Add(("initdb", "postgresql"));
        }

        if (!Has("java"))
        {
            missing.Add(("java", "default-jre-headless"));
        }

        if (!File.Exists("/usr/share/java/zookeeper.jar"))
        {
            missing.Add(("zookeeper.jar", "zookeeper"));
        }

        if (missing.Count == 0 || OperatingSystem.IsWindows())
        {
            return;
        }

        string packages = string.Join(' ', missing.Select(m => m.Package));
        if (!Has("apt-get") || Environment.UserName != "root")
        {
            Console.Error.WriteLine($"build: missing here: {string.Join(", ", missing.Select(m => m.Command))}. Tests that need them will fail; install them with: sudo apt-get install {packages}");
            return;
        }

        Console.WriteLine($"Installing {packages}…");
        _ = Start("apt-get", ["update", "-q"]);
        if (Start("apt-get", ["install", "-y", "-q", "--no-install-recommends", .. missing.Select(m => m.Package)]) != 0)
        {
            Console.Error.WriteLine($"build: {packages} could not be installed. Tests that need them will fail; see the lines above.");
        }
    }

    // --- bench, pack, clean -------------------------------------------------------------------------------------------

    public static int Simulate(string[] args)
    {
        Dotnet("build", "tests/ElasticJob.Simulation", "-c", "Release", "-v", "q", "--nologo");
        return Start("dotnet", [Path.Combine("artifacts", "bin", "ElasticJob.Simulation", "release", "ElasticJob.Simulation.dll"), .. args]);
    }

    public static int Chaos(string[] args)
    {
        InstallWhatTestsNeed();
        Dotnet("build", "tests/ElasticJob.Chaos.Tests", "-c", "Release", "-v", "q", "--nologo");
        return Start("dotnet", [Path.Combine("artifacts", "bin", "ElasticJob.Chaos.Tests", "release", "ElasticJob.Chaos.Tests.dll"), "chaos", .. args]);
    }

    public static int Bench(string[] args)
    {
        BuildProduct();
        Dotnet("build", "bench/ElasticJob.Bench", "-c", "Release", "-v", "q", "--nologo");
        return Start("dotnet", [Path.Combine("artifacts", "bin", "ElasticJob.Bench", "release", "ElasticJob.Bench.dll"), .. args]);
    }

    public static int Pack()
    {
        string[] packed =
            ["ElasticJob.Protocol", "ElasticJob.Mesos", "ElasticJob", "ElasticJob.OpenTelemetry", "ElasticJob.ZooKeeper", "ElasticJob.Scheduling", "ElasticJob.Storage", "ElasticJob.Events", "ElasticJob.Cli"];
        foreach (string project in packed)
        {
            Dotnet("pack", $"src/{project}", "-c", "Release", "-v", "q", "--nologo", "-o", "artifacts/package");
        }

        foreach (string package in Directory.GetFiles("artifacts/package", "*.nupkg"))
        {
            Console.WriteLine(package);
        }

        return 0;
    }

    public static int Clean()
    {
        if (Directory.Exists("artifacts"))
        {
            Directory.Delete("artifacts", recursive: true);
        }

        return 0;
    }

    // --- processes ----------------------------------------------------------------------------------------------------

    private static void Dotnet(params string[] arguments)
    {
        if (Start("dotnet", arguments) != 0)
        {
            throw new BuildException($"'dotnet {string.Join(' ', arguments)}' failed; see the lines above.");
        }
    }

    /// <summary>Runs a program to its end, or ends it with its children when <paramref name="limit"/> has passed: null then.</summary>
    private static int? Start(string program, string[] arguments, TimeSpan limit)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false })
            ?? throw new BuildException($"{program} could not be started.");
        if (process.WaitForExit(limit))
        {
            return process.ExitCode;
        }

        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        return null;
    }

    private static int Start(string program, string[] arguments) => Start(program, arguments, Timeout.InfiniteTimeSpan)!.Value;
}
