using ElasticJob.Scheduler.Access;

namespace ElasticJob.Scheduler.Api.Contracts;

/// <summary>Body of <c>POST /session</c>: user and password, or the secret of a one-time sign-in link.</summary>
/// <param name="User">The user.</param>
/// <param name="Password">Its password.</param>
/// <param name="Link">What stands behind <c>link=</c> in a sign-in link.</param>
public sealed record SessionRequest(string? User = null, string? Password = null, string? Link = null);

/// <summary>Who somebody is.</summary>
public sealed record SessionAnswer
{
    /// <summary>As the audit log writes it.</summary>
    public required string Name { get; init; }

    /// <summary>What it may do.</summary>
    public required AccessRole Role { get; init; }

    /// <summary>By what it has proved who it is: <c>session</c>, <c>token</c>, or <c>local</c> for the token file of the scheduler's machine.</summary>
    public required string Kind { get; init; }

    /// <summary>The user, if it is one.</summary>
    public string? User { get; init; }

    /// <summary>Of a session: the value of the header <c>X-CSRF-Token</c> that each write must have.</summary>
    public string? Csrf { get; init; }

    /// <summary>When the session or token ends.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Of a token that is not for everything: patterns of the apps that it is for.</summary>
    public IReadOnlyList<string>? Apps { get; init; }

    /// <summary>Of a token that is not for everything: patterns of the jobs that it is for.</summary>
    public IReadOnlyList<string>? Jobs { get; init; }
}

/// <summary>Body of <c>PUT /session/password</c>.</summary>
/// <param name="Old">The password so far.</param>
/// <param name="New">The new one, 12 to 256 characters.</param>
public sealed record PasswordRequest(string? Old = null, string? New = null);

/// <summary>Body of <c>POST /users</c> and <c>PUT /users/{name}</c>.</summary>
/// <param name="Name">Name of a new user.</param>
/// <param name="Role">Its role; of a new user <c>viewer</c> unless said otherwise.</param>
/// <param name="Password">Its password, 12 to 256 characters; a new one ends the user's sessions.</param>
public sealed record UserRequest(string? Name = null, AccessRole? Role = null, string? Password = null);

/// <summary>A user.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Role">What it may do.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="PasswordChangedAt">When its password was set.</param>
/// <param name="Sessions">How many sessions it has.</param>
public sealed record UserAnswer(string Name, AccessRole Role, DateTimeOffset CreatedAt, DateTimeOffset PasswordChangedAt, int Sessions);

/// <summary>Body of <c>POST /tokens</c>.</summary>
/// <param name="Name">What it is for.</param>
/// <param name="Role">What it may do, at most your own role; <c>viewer</c> unless said otherwise.</param>
/// <param name="ExpiresIn">How long it is good for, such as <c>30d</c>; 90 days by default, a year at most.</param>
/// <param name="Apps">Only these apps; <c>*</c> stands for anything.</param>
/// <param name="Jobs">Only these jobs.</param>
public sealed record TokenRequest(
    string? Name = null, AccessRole? Role = null, string? ExpiresIn = null, IReadOnlyList<string>? Apps = null, IReadOnlyList<string>? Jobs = null);

/// <summary>An API token.</summary>
public sealed record TokenAnswer
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>What it is for.</summary>
    public required string Name { get; init; }

    /// <summary>What it may do, at most; the role of its owner bounds it, too.</summary>
    public required AccessRole Role { get; init; }

    /// <summary>The user who made it; absent for those made on the scheduler's machine.</summary>
    public string? Owner { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>From then on it is void.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it was used last.</summary>
    public DateTimeOffset? UsedAt { get; init; }

    /// <summary>Only these apps.</summary>
    public IReadOnlyList<string>? Apps { get; init; }

    /// <summary>Only these jobs.</summary>
    public IReadOnlyList<string>? Jobs { get; init; }

    /// <summary>The token itself; told once, when it is made.</summary>
    public string? Token { get; init; }
}

/// <summary>A one-time sign-in link.</summary>
/// <param name="Link">Open it in a browser; it signs in as an administrator, once.</param>
/// <param name="ExpiresAt">From then on it is void.</param>
public sealed record LinkAnswer(string Link, DateTimeOffset ExpiresAt);
