using System.Globalization;
using System.Text.RegularExpressions;
using ElasticJob.Mesos.V1;
using ElasticJob.Mesos.V1.Scheduler;
using ElasticJob.Scheduler.Cluster;
using ElasticJob.Scheduler.Leadership;
using ElasticJob.Scheduler.Tests.Api;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MesosOffer = ElasticJob.Mesos.V1.Offer;
using MesosStatus = ElasticJob.Mesos.V1.TaskStatus;
using MesosTaskState = ElasticJob.Mesos.V1.TaskState;
using Resources = ElasticJob.Scheduling.Definitions.Resources;
using TaskState = ElasticJob.Scheduling.Cluster.TaskState;

namespace ElasticJob.Scheduler.Tests.Cluster;

/// <content>What is refused, cannot be read or cannot be said: it costs itself, at most the subscription, never the scheduler.</content>
public sealed partial class MesosDriverTests
{
    [Fact]
    public async Task Offers_AgentHasAnAttributeTwice_ItsValuesAreJoined()
    {
        _ = Run("F-1");
        await master.SubscriptionAsync();
        MesosOffer offer = MixedOffer("o1");
        offer.Attributes.Add([Text("rack", "a"), Text("zone", "z"), Text("rack", "b")]);
        master.Send(Offers(offer));
        (await InputAsync<Input.Offers>()).Received.Single().Attributes.ShouldBe(
            new Dictionary<string, string> { ["rack"] = "a,b", ["zone"] = "z" }, ignoreOrder: true);
    }

    [Fact]
    public async Task Offers_OneThatCannotBeRead_IsDeclinedAndTheOthersAreTold()
    {
        using var log = new LogLines();
        _ = Run("F-1", log);
        await master.SubscriptionAsync();
        MesosOffer broken = MixedOffer("broken");
        broken.AgentId = null;
        Event offers = Offers(broken);
        offers.Offers.Offers_.Add(MixedOffer("whole"));
        master.Send(offers);
        (await InputAsync<Input.Offers>()).Received.Single().Id.ShouldBe("whole");
        (await master.NextAsync(Call.Types.Type.Decline)).Decline.OfferIds.Single().Value.ShouldBe("broken");
        log.Lines.ShouldContain(line => line.StartsWith("2102 ") && line.Contains("broken"));
    }

    [Fact]
    public async Task Event_ThatCannotBeRead_IsLoggedAndTheNextOneIsTaken()
    {
        using var log = new LogLines();
        _ = Run("F-1", log);
        await master.SubscriptionAsync();
        master.Send(new Event { Type = Event.Types.Type.Rescind });
        master.Send(Update(new MesosStatus { State = MesosTaskState.TaskRunning, AgentId = new AgentID { Value = "agent-7" } }));
        master.Send(Update(new MesosStatus { TaskId = new TaskID { Value = "t1" }, State = MesosTaskState.TaskRunning, Timestamp = double.MaxValue }));
        TaskUpdate told = (await InputAsync<Input.Status>()).Update;
        (told.Task, told.State, told.At).ShouldBe(("t1", TaskState.Running, null), "the time is for people alone");
        log.Lines.ShouldContain(line => line.StartsWith("2102 ") && line.Contains("Rescind"));
        log.Lines.ShouldContain(line => line.StartsWith("2102 ") && line.Contains("Update") && line.Contains("agent-7"));
    }

    [Fact]
    public async Task Subscribed_WithoutAnId_IsNoSubscription()
    {
        _ = Run("F-1");
        await master.NextAsync(Call.Types.Type.Subscribe);
        master.Send(new Event { Type = Event.Types.Type.Subscribed, Subscribed = new Event.Types.Subscribed() });
        (await InputAsync<Input.Disconnected>()).Reason.ShouldContain("id");
        await master.SubscriptionAsync();
        await InputAsync<Input.Connected>();
    }

    [Fact]
    public async Task Accept_OneOfItsOffersWasRescinded_TheOthersAreDeclined()
    {
        IClusterDriver driver = Start("F-1");
        await master.SubscriptionAsync();
        master.Send(Offers(MixedOffer("o1")));
        master.Send(Offers(MixedOffer("o2")));
        master.Send(new Event { Type = Event.Types.Type.Rescind, Rescind = new Event.Types.Rescind { OfferId = new OfferID { Value = "o1" } } });
        await InputAsync<Input.OfferRescinded>();
        Effect.Accept accept = Launch("o1", "t1", new ExecutorSpec("app.1", App));
        driver.Carry([accept with { Offers = ["o1", "o2"] }, accept with { Offers = ["o2"] }, new Effect.Suppress()]);
        (await master.NextAsync(Call.Types.Type.Decline)).Decline.OfferIds.Select(o => o.Value).ShouldBe(["o2"]);
        foreach (string why in (string[])["the first", "the second: o2 is used up"])
        {
            TaskUpdate told = (await InputAsync<Input.Status>()).Update;
            (told.Task, told.State, told.Reason).ShouldBe(("t1", TaskState.Dropped, "notSent"), why);
        }

        (await master.NextAsync(null)).Type.ShouldBe(Call.Types.Type.Suppress);
    }

    [Fact]
    public async Task Accept_OfMoreThanWasOffered_LaunchesWhatFitsAndGivesTheRestBack()
    {
        IClusterDriver driver = Start("F-1");
        await master.SubscriptionAsync();
        master.Send(Offers(MixedOffer("o1")));
        await InputAsync<Input.Offers>();
        Effect.Accept fits = Launch("o1", "fits", new ExecutorSpec("app.1", App));
        TaskLaunch short1 = fits.Tasks[0] with { Task = "short", Resources = Resources.Of(1.75, 64) };
        TaskLaunch short2 = fits.Tasks[0] with { Task = "no room for its executor", Resources = Resources.Of(1, 64), Executor = new ExecutorSpec("app.2", App with { Resources = Resources.Of(1, 64) }) };
        TaskLaunch small = fits.Tasks[0] with { Task = "small", Resources = Resources.Of(1.5, 64) };
        driver.Carry([fits with { Tasks = [fits.Tasks[0], short1, short2, small] }]);
        IEnumerable<TaskInfo> launched = (await master.NextAsync(Call.Types.Type.Accept)).Accept.Operations.Single().Launch.TaskInfos;
        launched.Select(t => (t.TaskId.Value, t.Resources.Where(r => r.Name == "cpus").Sum(r => r.Scalar.Value))).ShouldBe([("fits", 2), ("small", 1.5)]);
        foreach (string task in (string[])["short", "no room for its executor"])
        {
            TaskUpdate told = (await InputAsync<Input.Status>()).Update;
            (told.Task, told.State, told.Reason).ShouldBe((task, TaskState.Dropped, "notSent"));
        }
    }

    [Fact]
    public async Task Accept_OfNothingThatFits_IsADecline()
    {
        IClusterDriver driver = Start("F-1");
        await master.SubscriptionAsync();
        master.Send(Offers(MixedOffer("o1")));
        await InputAsync<Input.Offers>();
        Effect.Accept large = Launch("o1", "large", new ExecutorSpec("app.1", App));
        driver.Carry([large with { Tasks = [large.Tasks[0] with { Resources = Resources.Of(3.75, 64) }] }]);
        (await InputAsync<Input.Status>()).Update.State.ShouldBe(TaskState.Dropped);
        (await master.NextAsync(Call.Types.Type.Decline)).Decline.OfferIds.Single().Value.ShouldBe("o1");
    }

    [Fact]
    public async Task Accept_Refused_ItsTasksAreGivenBackAndTheSubscriptionIsMadeAnew()
    {
        master.Instead = Refusing(Call.Types.Type.Accept, 400);
        IClusterDriver driver = Start("F-1");
        await master.SubscriptionAsync();
        master.Send(Offers(MixedOffer("o1")));
        await InputAsync<Input.Offers>();
        driver.Carry([Launch("o1", "t1", new ExecutorSpec("app.1", App))]);
        TaskUpdate told = (await InputAsync<Input.Status>()).Update;
        (told.Task, told.State, told.Reason).ShouldBe(("t1", TaskState.Dropped, "notSent"));
        (await InputAsync<Input.Disconnected>()).Reason.ShouldSatisfyAllConditions(r => r.ShouldContain("Accept"), r => r.ShouldContain("400"));
        await master.SubscriptionAsync();
        await InputAsync<Input.Connected>();
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    public async Task Call_Refused_TheSubscriptionIsMadeAnewAndTheReasonIsTold(int status)
    {
        foreach ((Effect effect, Call.Types.Type type) in (IEnumerable<(Effect, Call.Types.Type)>)
        [
            (new Effect.Decline(["o"], TimeSpan.FromSeconds(5)), Call.Types.Type.Decline),
            (new Effect.Revive(), Call.Types.Type.Revive),
            (new Effect.Acknowledge("t", "agent", Convert.ToBase64String(new byte[16])), Call.Types.Type.Acknowledge),
        ])
        {
            master.Instead = Refusing(type, status);
            IClusterDriver driver = Start("F-1");
            await master.SubscriptionAsync();
            await InputAsync<Input.Connected>();
            driver.Carry([effect]);
            (await InputAsync<Input.Disconnected>()).Reason.ShouldSatisfyAllConditions(
                r => r.ShouldContain($"{type}"), r => r.ShouldContain(status.ToString(CultureInfo.InvariantCulture)));
            await master.SubscriptionAsync();
            await InputAsync<Input.Connected>();
        }
    }

    [Fact]
    public async Task Call_RefusedInEachSubscription_IsNotRepeatedHotly()
    {
        master.Instead = static (call, context) =>
        {
            context.Response.StatusCode = call.Type == Call.Types.Type.Revive ? 400 : 200;
            return call.Type == Call.Types.Type.Revive;
        };
        using var log = new LogLines();
        IClusterDriver driver = Start("F-1", log);
        for (int round = 0; round < 5; round++)
        {
            await master.SubscriptionAsync();
            await InputAsync<Input.Connected>();
            driver.Carry([new Effect.Revive()]);
            await InputAsync<Input.Disconnected>();
        }

        await master.SubscriptionAsync();
        double[] pauses = [.. log.Lines.Where(line => line.StartsWith("2100 ")).Select(line => double.Parse(Seconds().Match(line).Groups[1].Value, CultureInfo.InvariantCulture))];
        pauses.Length.ShouldBe(5);
        pauses.ShouldBeInOrder();
        pauses[4].ShouldBeGreaterThanOrEqualTo(pauses[0] * 8);
    }

    [Fact]
    public async Task Carry_WhatCannotBeSaid_EndsTheSubscriptionAndWhatComesLaterIsSent()
    {
        using var log = new LogLines();
        IClusterDriver driver = Start("F-1", log);
        await master.SubscriptionAsync();
        await InputAsync<Input.Connected>();
        driver.Carry([new Effect.Acknowledge("t-bad", "agent", "this is no base64")]);
        (await InputAsync<Input.Disconnected>()).Reason.ShouldContain("Acknowledge");
        log.Lines.ShouldContain(line => line.StartsWith("2103 ") && line.Contains("t-bad"));
        await master.SubscriptionAsync();
        await InputAsync<Input.Connected>();
        driver.Carry([new Effect.Suppress()]);
        await master.NextAsync(Call.Types.Type.Suppress);
    }

    [Fact]
    public async Task Sender_ThatCannotGoOn_EndsTheSubscriptionAndSaysWhy()
    {
        var driver = new MesosDriver(Options(master), http, new LeaseForOneSubscription(), TimeProvider.System, NullLogger<MesosDriver>.Instance);
        Task run = driver.RunAsync("F-1", input => inputs.Writer.TryWrite(input), stop.Token);
        running.Add(run);
        await master.SubscriptionAsync();
        await InputAsync<Input.Connected>();
        driver.Carry([new Effect.Suppress()]);
        (await Should.ThrowAsync<InvalidOperationException>(() => run.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System))).Message.ShouldBe("The lease is broken.");
        await master.NoSubscriptionAsync();
    }

    [GeneratedRegex(@"again in ([0-9.]+) s")]
    private static partial Regex Seconds();

    /// <summary>Refuses the next call of a kind.</summary>
    private static Func<Call, HttpContext, bool> Refusing(Call.Types.Type type, int status)
    {
        bool done = false;
        return (call, context) =>
        {
            if (done || call.Type != type)
            {
                return false;
            }

            context.Response.StatusCode = status;
            return done = true;
        };
    }

    private static ElasticJob.Mesos.V1.Attribute Text(string name, string value) =>
        new() { Name = name, Type = Value.Types.Type.Text, Text = new Value.Types.Text { Value = value } };

    private static Event Update(MesosStatus status) => new() { Type = Event.Types.Type.Update, Update = new Event.Types.Update { Status = status } };

    private sealed class LeaseForOneSubscription : ILease
    {
        private int asked;

        public bool IsHeld => true;

        public Task Suspended { get; } = new TaskCompletionSource().Task;

        public ValueTask HeldAsync(CancellationToken cancellationToken) =>
            Interlocked.Increment(ref asked) == 1 ? ValueTask.CompletedTask : throw new InvalidOperationException("The lease is broken.");
    }
}
