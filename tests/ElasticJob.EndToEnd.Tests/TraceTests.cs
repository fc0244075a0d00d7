using ElasticJob.EndToEnd.Tests.Support;

namespace ElasticJob.EndToEnd.Tests;

/// <summary>One trace from the due time to the code of the job: the scheduler's spans and the executor's arrive at a collector from two processes.</summary>
public sealed class TraceTests
{
    [Fact]
    public async Task Run_IsOneTrace_FromItsDueTimeToTheSpansOfTheJob()
    {
        using var folder = new TestFolder();
        await using Collector collector = await Collector.StartAsync();
        var variables = new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
        };
        await using Platform platform = await Platform.StartAsync(folder.Data, variables);
        string environment = string.Join(", ", variables.Select(v => $"{v.Key}: \"{v.Value}\"").Prepend($"WITNESS: {folder.Witness}").Append("OTEL_SERVICE_NAME: shop"));
        await platform.ApplyAsync(
            Definitions.App(folder).Replace($"environment: {{ WITNESS: {folder.Witness} }}", $"environment: {{ {environment} }}", StringComparison.Ordinal)
            + Definitions.Job("traced", "class: ok", "shards: 2") + Definitions.Job("traced-script", "script: \"echo $TRACEPARENT\""));
        string run = await platform.TriggerAsync("traced");
        await platform.Api.EndOfAsync(run);

        IReadOnlyList<Span> spans = await Until.Async(
            () => Task.FromResult(collector.Spans), found => found.Count(s => s.Name == "say") == 2 && found.Any(s => s.Name == "run traced"), "the spans of both processes");
        Span whole = spans.Single(s => s.Name == "run traced");
        whole.Parent.ShouldBe("");
        whole.Service.ShouldBe("elasticjob-scheduler");
        Span[] trace = [.. spans.Where(s => s.Trace == whole.Trace)];
        foreach (Span say in trace.Where(s => s.Name == "say"))
        {
            (say.Service, say.Source).ShouldBe(("shop", "ElasticJob.EndToEnd"));
            Span execute = trace.Single(s => s.Id == say.Parent);
            (execute.Name, execute.Service).ShouldBe(("execute traced", "shop"));
            Span task = trace.Single(s => s.Id == execute.Parent);
            (task.Name, task.Parent, task.Service).ShouldBe(("task traced", whole.Id, "elasticjob-scheduler"));
            Span[] parts = [.. trace.Where(s => s.Parent == task.Id && s.Service == "elasticjob-scheduler").OrderBy(s => s.Start)];
            parts.Select(s => s.Name).ShouldBe(["queued", "launching", "running"]);
            (parts[0].Start, parts[^1].End).ShouldBe((task.Start, task.End));
            task.Start.ShouldBeGreaterThanOrEqualTo(whole.Start);
            whole.End.ShouldBeGreaterThanOrEqualTo(task.End);
        }

        trace.Length.ShouldBe(1 + (2 * 6));

        // Scripts get the context too, and pass it on in what they call.
        string script = await platform.TriggerAsync("traced-script");
        await platform.Api.EndOfAsync(script);
        Span scripted = await Until.Async(
            () => Task.FromResult(collector.Spans.FirstOrDefault(s => s.Name == "execute traced-script")), s => s is not null, "the span of the script") ?? throw new InvalidOperationException();
        (await platform.DemandAsync("run", "logs", script)).ShouldContain($"00-{scripted.Trace}-{scripted.Id}-01");
    }
}
