namespace ElasticJob.Scheduling.Definitions;

/// <summary>Where the shards of a job may run.</summary>
public sealed record Placement
{
    /// <summary>Conditions that an agent must meet; all of them.</summary>
    public IReadOnlyList<PlacementConstraint> Constraints { get; init; } = [];

    /// <summary>An attribute over whose values the shards are spread evenly, such as <c>hostname</c>; none by default.</summary>
    public string? Spread { get; init; }
}

/// <summary>One condition on an attribute of an agent. <c>hostname</c> is an attribute of every agent.</summary>
/// <param name="Attribute">Name of the attribute.</param>
/// <param name="Operator">How it is compared.</param>
/// <param name="Value">With what; unused for <see cref="ConstraintOperator.Exists"/>.</param>
public sealed record PlacementConstraint(string Attribute, ConstraintOperator Operator, string Value = "")
{
    /// <inheritdoc/>
    public override string ToString() => Operator switch
    {
        ConstraintOperator.Is => $"{Attribute} is {Value}",
        ConstraintOperator.IsNot => $"{Attribute} is-not {Value}",
        _ => $"{Attribute} exists",
    };
}

/// <summary>How an attribute is compared.</summary>
public enum ConstraintOperator
{
    /// <summary>Equal text.</summary>
    Is,

    /// <summary>Other text, or absent.</summary>
    IsNot,

    /// <summary>Present with any value.</summary>
    Exists,
}
