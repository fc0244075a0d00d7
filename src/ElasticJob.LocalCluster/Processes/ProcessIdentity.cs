using System.Globalization;

namespace ElasticJob.Local.Processes;

/// <summary>A process id is used again; together with the start time and the boot it names one process for ever.</summary>
internal sealed record ProcessIdentity(int Pid, string StartTicks, string Boot)
{
    public static ProcessIdentity? Of(int pid)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");

            // "pid (comm) state ppid …": comm may hold blanks and parentheses, so the fields count from the last one. Field 22 is the start time.
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            bool zombie = fields[0] is "Z" or "X";
            return zombie ? null : new ProcessIdentity(pid, fields[19], File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim());
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public static ProcessIdentity Parse(string text)
    {
        string[] parts = text.Split(' ');
        return new ProcessIdentity(int.Parse(parts[0], CultureInfo.InvariantCulture), parts[1], parts[2]);
    }

    public bool IsAlive() => Equals(Of(Pid));

    public override string ToString() => $"{Pid} {StartTicks} {Boot}";
}
