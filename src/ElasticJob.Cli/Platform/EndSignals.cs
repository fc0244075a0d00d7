using System.Runtime.InteropServices;

namespace ElasticJob.Cli.Platform;

/// <summary>
/// The signals that ask a process to end. The first asks. A later one insists if it is of the keyboard; SIGTERM and SIGHUP come more than once by
/// themselves, to a process and again to its group, and whoever sends them has SIGKILL for insisting.
/// </summary>
internal sealed class EndSignals : IDisposable
{
    private readonly TaskCompletionSource first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource second = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration[] registrations;
    private readonly bool obey;

    /// <param name="obey">Whether they have an effect; otherwise they are only kept from ending the process.</param>
    public EndSignals(bool obey)
    {
        this.obey = obey;
        registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT }.Select(s => PosixSignalRegistration.Create(s, Handle))];
    }

    /// <summary>Completes with the first signal.</summary>
    public Task First => first.Task;

    /// <summary>Completes with the one that insists.</summary>
    public Task Second => second.Task;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in registrations)
        {
            registration.Dispose();
        }
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        if (obey && !first.TrySetResult() && context.Signal is PosixSignal.SIGINT or PosixSignal.SIGQUIT)
        {
            second.TrySetResult();
        }
    }
}
