using System.Diagnostics;
using ElasticJob.Events.Tests.Contract;

namespace ElasticJob.Events.Tests.Deaths;

/// <summary>Whenever the writer dies: each event is there once, and so is all that follows from it.</summary>
public abstract class WriterDeaths
{
    protected const long Last = 200 * EventStoreContract.EventsOfOneRun;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The store's place, as <see cref="EventWriter"/> takes it.</summary>
    protected abstract string Place { get; }

    [Fact]
    public async Task WriteAsync_WriterKilledAgainAndAgain_EachEventOnce()
    {
        long confirmed = 0;
        for (int kill = 1; kill <= 4; kill++)
        {
            using Process writer = EventWriter.Start(Place, confirmed, Last);
            long goal = kill * Last / 6;
            while (confirmed < goal)
            {
                confirmed = long.Parse((await writer.StandardOutput.ReadLineAsync(Cancellation)).ShouldNotBeNull());
            }

            // The next batch is on its way. What is confirmed now and not read here is repeated by the next writer, as after a lost confirmation.
            writer.Kill();
            await writer.WaitForExitAsync(Cancellation);
        }

        using Process last = EventWriter.Start(Place, confirmed - EventWriter.BatchSize, Last);
        await last.StandardOutput.ReadToEndAsync(Cancellation);
        await last.WaitForExitAsync(Cancellation);

        last.ExitCode.ShouldBe(0);
        await EachEventIsThereOnceAsync();
    }

    [Theory]
    [InlineData("before", 1)]
    [InlineData("after", 2)]
    public async Task WriteAsync_WriterKilledBetweenCommitAndInsertOrInsertAndConfirmation_EachEventOnce(string stand, int stored)
    {
        using (Process writer = EventWriter.Start(Place, 0, Last, stand))
        {
            (await writer.StandardOutput.ReadLineAsync(Cancellation)).ShouldBe($"{EventWriter.BatchSize}");
            (await writer.StandardOutput.ReadLineAsync(Cancellation)).ShouldBe("stands");
            writer.Kill();
            await writer.WaitForExitAsync(Cancellation);
        }

        (await AskAsync("select count(*) || '' from events")).ShouldBe($"{stored * EventWriter.BatchSize}");
        using Process next = EventWriter.Start(Place, EventWriter.BatchSize, Last);
        await next.StandardOutput.ReadToEndAsync(Cancellation);
        await next.WaitForExitAsync(Cancellation);

        next.ExitCode.ShouldBe(0);
        await EachEventIsThereOnceAsync();
    }

    /// <summary>Asks the tables for one text.</summary>
    protected abstract Task<string> AskAsync(string sql);

    protected async Task EachEventIsThereOnceAsync() =>
        (await AskAsync(
            """
            select (select count(*) from events) || ' ' || (select count(distinct sequence) from events) || ' ' || (select max(sequence) from events)
              || ' ' || (select count(*) from runs where outcome = 'succeeded') || ' ' || (select count(*) from tasks where ended_at is not null)
              || ' ' || (select count(*) from ledger where outcome = 'succeeded')
            """)).ShouldBe($"{Last} {Last} {Last} 200 400 200");
}
