using System.Text.Json.Nodes;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Scheduling.Core;

/// <summary>
/// Gathers what one command changes and tells it as one event, in the same commit. A command whose actor names no operation leaves no trail, and
/// costs nothing.
/// </summary>
internal sealed class AuditTrail(Changes changes)
{
    private const int MostChanges = 1_000;
    private const int MostFields = 5_000;
    private const int LongestText = 2_000;

    private readonly List<AuditChange> gathered = [];
    private bool open;
    private int fields;
    private int unlisted;

    public void Begin(Actor actor)
    {
        open = actor.Operation is not null;
        gathered.Clear();
        fields = 0;
        unlisted = 0;
    }

    public void Add(string kind, string name, string change, Func<IReadOnlyList<FieldDifference>>? differences = null)
    {
        if (!open)
        {
            return;
        }

        if (gathered.Count >= MostChanges || fields >= MostFields)
        {
            unlisted++;
            return;
        }

        FieldDifference[] listed = [.. (differences?.Invoke() ?? []).Take(MostFields - fields).Select(Cut)];
        fields += listed.Length;
        gathered.Add(new AuditChange(kind, name, change, listed));
    }

    public void End(Actor actor, CommandResult result)
    {
        if (!open)
        {
            return;
        }

        open = false;
        changes.Emit(new SchedulerEvent
        {
            Kind = EventKind.Audited,
            Actor = actor.Name,
            Message = result.Message,
            Audit = new AuditEntry
            {
                Remote = actor.Remote,
                Operation = actor.Operation!,
                Subject = actor.Subject,
                Refused = result.Status != CommandStatus.Done,
                Changes = [.. gathered],
                Unlisted = unlisted,
            },
        });
    }

    private static FieldDifference Cut(FieldDifference difference) => difference with { Old = Cut(difference.Old), New = Cut(difference.New) };

    private static JsonNode? Cut(JsonNode? value) =>
        value?.ToJsonString() is { Length: > LongestText } text ? JsonValue.Create(string.Concat(text.AsSpan(0, LongestText), "…")) : value;
}
