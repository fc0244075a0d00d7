using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Definitions;

namespace ElasticJob.Scheduling.Core;

/// <summary>An agent with offers, as a round uses it up.</summary>
internal sealed class Spot(Agent agent)
{
    private readonly Dictionary<Run, int> tasks = [];
    private readonly HashSet<string> planned = [];

    public Agent Agent { get; } = agent;

    public Resources Free { get; private set; } = agent.Offers.Values.Aggregate(Resources.None, (sum, offer) => sum + offer.Resources);

    public List<TaskLaunch> Launches { get; } = [];

    public bool Kept { get; set; }

    public bool HasExecutor(string spec) => planned.Contains(spec) || ExecutorPool.Find(Agent, spec) is not null;

    public int TasksOf(Run run) => tasks.GetValueOrDefault(run);

    public string? Attribute(string name) => name == "hostname" ? Agent.Hostname : Agent.Attributes.GetValueOrDefault(name);

    public bool Suits(Run run) =>
        !Agent.Draining && run.Definition.Placement.Constraints.All(Meets);

    public bool Meets(PlacementConstraint constraint)
    {
        string? value = Attribute(constraint.Attribute);
        return constraint.Operator switch
        {
            ConstraintOperator.Is => value == constraint.Value,
            ConstraintOperator.IsNot => value != constraint.Value,
            ConstraintOperator.Exists => value is not null,
            _ => throw new ArgumentOutOfRangeException(nameof(constraint), constraint.Operator, "There is no such operator."),
        };
    }

    public Plan Reserve(Run run, App app, string spec)
    {
        bool isNew = !HasExecutor(spec);
        Resources needs = isNew ? run.Definition.Resources + app.Record.Definition.Resources : run.Definition.Resources;
        if (isNew)
        {
            planned.Add(spec);
        }

        Free -= needs;
        tasks[run] = TasksOf(run) + 1;
        return new Plan(this, spec, () =>
        {
            Free += needs;
            tasks[run]--;
            if (isNew)
            {
                planned.Remove(spec);
            }
        });
    }
}

/// <summary>A place that is set aside in this round; undoing gives it back.</summary>
internal sealed record Plan(Spot Spot, string Spec, Action Undo);
