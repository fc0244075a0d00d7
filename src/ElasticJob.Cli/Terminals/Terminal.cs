using Spectre.Console;

namespace ElasticJob.Cli.Terminals;

/// <summary>The surroundings of one invocation: streams, environment, clock. Everything a command reads or writes goes through here.</summary>
internal sealed class Terminal
{
    /// <summary>Reports fit themselves to <see cref="Width"/>; the renderer below them must neither wrap nor cut.</summary>
    private const int Unbounded = 1_000_000;

    private IAnsiConsole? console;

    public required TextReader In { get; init; }

    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Reads a line that is not shown while it is typed; absent when <see cref="In"/> is no keyboard.</summary>
    public Func<string?>? ReadSecret { get; init; }

    /// <summary>Value of an environment variable; <see langword="null"/> if it is not set.</summary>
    public required Func<string, string?> Variable { get; init; }

    public required string WorkingDirectory { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Whether <see cref="Out"/> is a terminal; only then there are colours, and lines are wrapped to its width.</summary>
    public bool IsInteractive { get; init; }

    /// <summary>Width of the terminal in columns; 0 if it is not one.</summary>
    public int Width { get; init; }

    public DateTimeOffset Now => Time.GetUtcNow();

    /// <summary>Renders tables and markup to <see cref="Out"/>.</summary>
    public IAnsiConsole Console => console ??= CreateConsole();

    public static Terminal OfThisProcess()
    {
        bool interactive = !System.Console.IsOutputRedirected;
        return new Terminal
        {
            In = System.Console.In,
            Out = System.Console.Out,
            Error = System.Console.Error,
            ReadSecret = System.Console.IsInputRedirected ? null : ReadUnseen,
            Variable = Environment.GetEnvironmentVariable,
            WorkingDirectory = Directory.GetCurrentDirectory(),
            IsInteractive = interactive,
            Width = interactive ? WidthOfThisProcess() : 0,
        };
    }

    /// <summary>Colours: only on a terminal, and not against the wish of NO_COLOR (no-color.org) or TERM=dumb.</summary>
    public bool Colours => IsInteractive && string.IsNullOrEmpty(Variable("NO_COLOR")) && Variable("TERM") != "dumb";

    private static string? ReadUnseen()
    {
        var line = new System.Text.StringBuilder();
        while (System.Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                line.Length = Math.Max(0, line.Length - 1);
            }
            else if (key.KeyChar != 0)
            {
                line.Append(key.KeyChar);
            }
        }

        return line.ToString();
    }

    private static int WidthOfThisProcess()
    {
        try
        {
            return System.Console.WindowWidth;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private IAnsiConsole CreateConsole()
    {
        IAnsiConsole created = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = Colours ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = Colours ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(Out),
        });
        created.Profile.Width = Unbounded;
        return created;
    }
}
