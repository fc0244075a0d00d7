using System.Net;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Scheduler.Tests.Api;

public sealed class EventStreamTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stream_WithoutAPosition_TellsWhatComesFromNowOn()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await host.Events.WriteAsync([Event(1), Event(2)], Cancellation);
        using var follower = await Follower.StartAsync(host, "");

        await host.Events.WriteAsync([Event(3), Event(4)], Cancellation);

        (await follower.ReadAsync(2)).ShouldBe(["3 runCreated {\"sequence\":3", "4 runCreated {\"sequence\":4"]);
    }

    [Theory]
    [InlineData("?after=1", null)]
    [InlineData("?after=4", "1")]
    public async Task Stream_FromAPosition_GoesOnAfterItWithoutGapOrRepetition(string query, string? lastEventId)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await host.Events.WriteAsync([.. Enumerable.Range(1, 250).Select(i => Event(i))], Cancellation);
        using var follower = await Follower.StartAsync(host, query, lastEventId);
        await host.Events.WriteAsync([.. Enumerable.Range(251, 20).Select(i => Event(i))], Cancellation);

        (await follower.ReadAsync(269)).Select(line => long.Parse(line.Split(' ')[0])).ShouldBe(Enumerable.Range(2, 269).Select(i => (long)i));
    }

    [Fact]
    public async Task Stream_ManyFollowersWithFilters_EachGetsItsOwnInOrder()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        Follower[] followers = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => Follower.StartAsync(host, i % 3 == 0 ? "" : $"?job=j{i % 3}")));

        for (int i = 0; i < 10; i++)
        {
            await host.Events.WriteAsync([.. Enumerable.Range((i * 30) + 1, 30).Select(n => Event(n))], Cancellation);
        }

        for (int i = 0; i < followers.Length; i++)
        {
            IEnumerable<int> expected = Enumerable.Range(1, 300).Where(n => i % 3 == 0 || n % 3 == i % 3);
            (await followers[i].ReadAsync(expected.Count())).Select(line => int.Parse(line.Split(' ')[0])).ShouldBe(expected);
            followers[i].Dispose();
        }
    }

    [Fact]
    public async Task Stream_MoreThanIsKeptBetweenTwoLooks_IsReadFromTheStore()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using var follower = await Follower.StartAsync(host, "");

        await host.Events.WriteAsync([.. Enumerable.Range(1, 3_000).Select(i => Event(i))], Cancellation);

        (await follower.ReadAsync(3_000)).Select(line => int.Parse(line.Split(' ')[0])).ShouldBe(Enumerable.Range(1, 3_000));
    }

    [Fact]
    public async Task Stream_PositionOfAnotherStore_BeginsWithWhatComes()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await host.Events.WriteAsync([Event(1)], Cancellation);
        using var follower = await Follower.StartAsync(host, "?after=5000");

        await host.Events.WriteAsync([Event(2)], Cancellation);

        (await follower.ReadAsync(1)).ShouldBe(["2 runCreated {\"sequence\":2"]);
    }

    [Fact]
    public async Task Stream_LastEventIdThatIsNone_IsRefused()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        (int status, _) = await host.SendAsync(HttpMethod.Get, ApiRoutes.EventStream, change: r => r.Headers.Add("Last-Event-ID", "x"));
        status.ShouldBe((int)HttpStatusCode.BadRequest);
    }

    private static SchedulerEvent Event(long sequence) => new()
    {
        Sequence = sequence, At = DateTimeOffset.UnixEpoch, Kind = EventKind.RunCreated, Job = $"j{sequence % 3}", Run = $"r{sequence}", Trigger = Trigger.Manual,
    };

    private sealed class Follower(HttpResponseMessage response, StreamReader reader) : IDisposable
    {
        public static async Task<Follower> StartAsync(ApiHost host, string query, string? lastEventId = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, ApiRoutes.EventStream + query);
            if (lastEventId is not null)
            {
                request.Headers.Add("Last-Event-ID", lastEventId);
            }

            HttpResponseMessage response = await host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
            response.EnsureSuccessStatusCode();
            var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancellation));
            (await reader.ReadLineAsync(Cancellation)).ShouldBe(": connected");
            return new Follower(response, reader);
        }

        /// <summary>The next events: number, kind and the begin of the data.</summary>
        public async Task<List<string>> ReadAsync(int count)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            patience.CancelAfter(TimeSpan.FromSeconds(30));
            var events = new List<string>();
            string number = "", kind = "";
            while (events.Count < count)
            {
                string line = (await reader.ReadLineAsync(patience.Token)).ShouldNotBeNull();
                if (line.StartsWith("id: ", StringComparison.Ordinal))
                {
                    number = line[4..];
                }
                else if (line.StartsWith("event: ", StringComparison.Ordinal))
                {
                    kind = line[7..];
                }
                else if (line.StartsWith("data: ", StringComparison.Ordinal))
                {
                    events.Add($"{number} {kind} {line[6..line.IndexOf(',')]}");
                }
            }

            return events;
        }

        public void Dispose()
        {
            reader.Dispose();
            response.Dispose();
        }
    }
}
