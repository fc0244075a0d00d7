using System.Text.Json;
using System.Text.Json.Serialization;

namespace ElasticJob.Scheduler.Access;

// What is durable about access, one record a key. Secrets are there as digests only. Members may be added; their meaning never changes.

/// <param name="Name">Its name, also the key.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Password">Its password as <see cref="PasswordHash"/> writes it.</param>
/// <param name="Stamp">Grows with each new password: sessions of an older stamp are void.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="PasswordChangedAt">When the password was set.</param>
internal sealed record UserRecord(string Name, AccessRole Role, string Password, long Stamp, DateTimeOffset CreatedAt, DateTimeOffset PasswordChangedAt);

/// <param name="Id">Its public part, also the key.</param>
/// <param name="Name">What its owner calls it.</param>
/// <param name="Digest">SHA-256 of the whole token.</param>
/// <param name="Role">What it may do, at most; its owner's role bounds it, too.</param>
/// <param name="Owner">The user who made it; absent for those made on the scheduler's machine.</param>
/// <param name="CreatedAt">When.</param>
/// <param name="ExpiresAt">From then on it is void.</param>
/// <param name="UsedAt">When it was used last, to the minute.</param>
/// <param name="Apps">Patterns of the apps that it is for; absent together with <paramref name="Jobs"/>: for everything.</param>
/// <param name="Jobs">Patterns of the jobs that it is for.</param>
internal sealed record TokenRecord(
    string Id,
    string Name,
    string Digest,
    AccessRole Role,
    string? Owner,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? UsedAt = null,
    IReadOnlyList<string>? Apps = null,
    IReadOnlyList<string>? Jobs = null);

/// <param name="Digest">SHA-256 of the cookie's value, also the key.</param>
/// <param name="User">Whose it is; absent when a sign-in link made it.</param>
/// <param name="Stamp">The user's stamp when it began.</param>
/// <param name="Remote">The address it was begun from.</param>
/// <param name="CreatedAt">When it began.</param>
/// <param name="SeenAt">When it was used last, to the minute.</param>
/// <param name="ExpiresAt">From then on it is void, however busy.</param>
internal sealed record SessionRecord(
    string Digest, string? User, long Stamp, string? Remote, DateTimeOffset CreatedAt, DateTimeOffset SeenAt, DateTimeOffset ExpiresAt);

/// <param name="Digest">SHA-256 of the link's secret, also the key.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">From then on it is void.</param>
internal sealed record LinkRecord(string Digest, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(UserRecord))]
[JsonSerializable(typeof(TokenRecord))]
[JsonSerializable(typeof(SessionRecord))]
[JsonSerializable(typeof(LinkRecord))]
internal sealed partial class AccessJson : JsonSerializerContext;
