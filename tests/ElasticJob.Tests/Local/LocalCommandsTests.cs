using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Tests.Local;

public sealed class LocalCommandsTests
{
    [Fact]
    public async Task Run_SimpleJob_PrintsLogProgressAndResult()
    {
        (int code, string output, _) = await RunAsync("run", "report", "--shard", "1", "--shards", "3", "--parameter", "P", "--shard-parameter", "S");
        code.ShouldBe(0);
        output.ShouldContain("info ElasticJob.Tests.Local.LocalCommandsTests.Report: shard 1 of 3: P S");
        output.ShouldContain(" 50 % half");
        output.ShouldContain("Finished: report, shard 1 of 3");
    }

    [Fact]
    public async Task Run_JobThrows_PrintsTheCauseAndFails()
    {
        (int code, string output, _) = await RunAsync("run", "broken");
        code.ShouldBe(1);
        output.ShouldContain("Failed: broken, shard 0 of 1");
        output.ShouldContain("System.InvalidOperationException: it broke");
    }

    [Fact]
    public async Task Run_Dataflow_ProcessesOnceOrUntilNothingIsLeft()
    {
        (await RunAsync("run", "flow")).Output.ShouldMatch("^100 % processed 1, 2\nFinished");
        (await RunAsync("run", "flow", "--streaming")).Output.ShouldMatch("^100 % processed 1, 2\n100 % processed 3, 4\n100 % processed 5\nFinished");
    }

    [Theory]
    [InlineData("There is no job 'x' in this app", "run", "x")]
    [InlineData("run needs the name of a job", "run")]
    [InlineData("--shard needs a whole number", "run", "report", "--shard", "one")]
    [InlineData("Shard 3 does not exist among 3 shards", "run", "report", "--shard", "3", "--shards", "3")]
    [InlineData("'--wrong' is not an option", "run", "report", "--wrong")]
    [InlineData("'start' is not a command", "start")]
    public async Task Run_WrongUsage_SaysWhatIsWrong(string expected, params string[] args)
    {
        (int code, _, string errors) = await RunAsync(args);
        code.ShouldBe(2);
        errors.ShouldContain(expected);
    }

    [Fact]
    public async Task Run_UnknownJob_ListsTheKnownOnes() => (await RunAsync("run", "x")).Errors.ShouldContain("  report");

    [Fact]
    public async Task NoArguments_ExplainsAndLists()
    {
        (int code, string output, _) = await RunAsync();
        code.ShouldBe(0);
        output.ShouldContain("flow                           dataflow");
        output.ShouldContain("run JOB");
    }

    [Fact]
    public void Add_NameTakenOrNotAJob_IsRefused()
    {
        ElasticJobApplicationBuilder builder = ElasticJobApplication.CreateBuilder();
        builder.Jobs.AddSimple("a", (_, _) => ValueTask.CompletedTask);
        Should.Throw<ArgumentException>(() => builder.Jobs.Add<Report>("a")).Message.ShouldContain("'a'");
        Should.Throw<ArgumentException>(() => builder.Jobs.Add<NoJob>("b")).Message.ShouldContain(nameof(NoJob));
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] args)
    {
        ElasticJobApplicationBuilder builder = ElasticJobApplication.CreateBuilder(args);
        builder.Services.AddSingleton(new Source(new Queue<int>([1, 2, 3, 4, 5])));
        builder.Jobs.Add<Report>("report", new JobOptions { Description = "Reports." });
        builder.Jobs.Add<Flow>("flow");
        builder.Jobs.AddSimple("broken", (_, _) => throw new InvalidOperationException("it broke"));
        var output = new StringWriter();
        var errors = new StringWriter();
        int code = await builder.Build().CreateCommands(output, errors).RunAsync(args, TestContext.Current.CancellationToken);
        return (code, output.ToString(), errors.ToString());
    }

    public sealed record Source(Queue<int> Numbers);

    public sealed class Report(ILogger<Report> logger, ShardingContext injected) : ISimpleJob
    {
        public ValueTask ExecuteAsync(ShardingContext context, CancellationToken cancellationToken)
        {
            injected.ShouldBeSameAs(context);
            logger.LogInformation(
                "shard {Item} of {Count}: {Parameter} {Shard}",
                context.ShardingItem, context.ShardingTotalCount, context.JobParameter, context.ShardingParameter);
            context.ReportProgress(0.5, "half");
            return ValueTask.CompletedTask;
        }
    }

    public sealed class Flow(Source source) : IDataflowJob<int>
    {
        public ValueTask<IReadOnlyList<int>> FetchAsync(ShardingContext context, CancellationToken cancellationToken)
        {
            List<int> some = [];
            while (some.Count < 2 && source.Numbers.TryDequeue(out int number))
            {
                some.Add(number);
            }

            return ValueTask.FromResult<IReadOnlyList<int>>(some);
        }

        public ValueTask ProcessAsync(ShardingContext context, IReadOnlyList<int> data, CancellationToken cancellationToken)
        {
            context.ReportProgress(1, $"processed {string.Join(", ", data)}");
            return ValueTask.CompletedTask;
        }
    }

    public sealed class NoJob : IJob;
}
