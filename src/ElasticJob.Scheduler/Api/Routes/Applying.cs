using System.Text.Json.Nodes;
using ElasticJob.Scheduler.Access;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Documents;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduler.Packages;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Definitions.Reading;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduler.Api.Routes;

/// <summary>
/// Takes definitions in: 1. read all documents, 2. check them against each other and what is stored, 3. resolve packages, 4. compare, 5. store
/// all or none.
/// </summary>
internal sealed class Applying(ISchedulerLoop loop, IPackageStore packages, TimeProvider time)
{
    public async Task<ApplyAnswer> ApplyAsync(
        IReadOnlyList<JsonNode> documents,
        Actor actor,
        TokenScope? scope,
        bool dryRun,
        IReadOnlyDictionary<string, long>? expected,
        CancellationToken cancellationToken)
    {
        if (documents.Count == 0)
        {
            throw Refusal.BadRequest("There is no definition in the body.");
        }

        DateTimeOffset now = time.GetUtcNow();
        DefinitionReading[] readings = [.. documents.Select(d => DefinitionReader.Read(d, now))];
        if (scope is not null && readings.FirstOrDefault(r => r.Faults.Count == 0 && !scope.Allows(r)) is { } outside)
        {
            throw new Refusal(403, ProblemCode.Forbidden, $"This token is for certain apps and jobs only; {outside.Kind} '{outside.Name}' with its app is none of them.");
        }

        Stored stored = await ReadStoredAsync(readings, cancellationToken);
        List<DocumentFault> faults = Check(readings, stored);
        if (faults.Count > 0)
        {
            throw new Refusal(422, ProblemCode.InvalidDefinition, faults.Count == 1 ? "There is 1 fault; nothing was stored." : $"There are {faults.Count} faults; nothing was stored.", faults);
        }

        AppDefinition?[] apps = [.. readings.Select(r => r.App)];
        await ResolveAsync(readings, apps, stored, dryRun, cancellationToken);
        AppliedDocument[] answer = [.. readings.Select((r, i) => Compare(i, r, apps[i], stored))];
        if (dryRun)
        {
            return new ApplyAnswer(true, answer);
        }

        CommandResult result = Requests.Accepted(
            await loop.SubmitAsync(new Command.Apply(actor, [.. apps.OfType<AppDefinition>()], [.. readings.Select(r => r.Job).OfType<JobDefinition>()], expected), cancellationToken),
            conditional: expected is not null);
        var changes = (result.Changes ?? []).ToDictionary(c => (c.Kind.ToLowerInvariant(), c.Name));
        return new ApplyAnswer(false, [.. answer.Select(a => changes.TryGetValue((a.Kind.ToLowerInvariant(), a.Name), out DefinitionChange? change)
            ? a with { Change = change.Change, Version = change.Version }
            : a)]);
    }

    private async Task<Stored> ReadStoredAsync(DefinitionReading[] readings, CancellationToken cancellationToken)
    {
        var appNames = new HashSet<AppName>();
        var jobNames = new HashSet<JobName>();
        foreach (DefinitionReading reading in readings)
        {
            if (reading.App is { } app)
            {
                appNames.Add(app.Name);
            }

            if (reading.Job is { } job)
            {
                appNames.Add(job.App);
                jobNames.Add(job.Name);
            }
        }

        // An app that loses its command is checked against the jobs it has already.
        bool needsJobs = readings.Any(r => r.App is { Command: null });
        return await loop.ReadAsync(
            view => new Stored(
                appNames.Select(view.FindApp).OfType<AppView>().ToDictionary(a => a.Definition.Name),
                jobNames.Select(view.FindJob).OfType<JobView>().ToDictionary(j => j.Definition.Name),
                needsJobs ? [.. view.Jobs().Where(j => appNames.Contains(j.Definition.App) && !jobNames.Contains(j.Definition.Name)).Select(j => j.Definition)] : []),
            cancellationToken);
    }

    private static List<DocumentFault> Check(DefinitionReading[] readings, Stored stored)
    {
        var faults = new List<DocumentFault>();
        var seen = new Dictionary<(string?, string?), int>();
        var apps = new Dictionary<AppName, AppDefinition>();
        var faulty = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < readings.Length; i++)
        {
            DefinitionReading reading = readings[i];
            void Fault(DefinitionFault fault) => faults.Add(new DocumentFault(i + 1, reading.Kind, reading.Name, fault.Path, fault.Message));
            foreach (DefinitionFault fault in reading.Faults)
            {
                Fault(fault);
            }

            if (reading is { Kind: "App", App: null, Name: { } broken })
            {
                faulty.Add(broken);
            }

            if (reading.Name is not null && reading.Kind is not null && !seen.TryAdd((reading.Kind, reading.Name), i + 1))
            {
                Fault(new DefinitionFault("name", $"{reading.Kind} '{reading.Name}' is in document {seen[(reading.Kind, reading.Name)]} already"));
            }

            if (reading.App is { } app)
            {
                apps.TryAdd(app.Name, app);
            }
        }

        for (int i = 0; i < readings.Length; i++)
        {
            DefinitionReading reading = readings[i];
            if (reading.Job is { } job)
            {
                AppDefinition? app = apps.GetValueOrDefault(job.App) ?? stored.Apps.GetValueOrDefault(job.App)?.Definition;
                IEnumerable<DefinitionFault> found = app is not null ? DefinitionReader.Check(job, app)
                    : faulty.Contains(job.App.Value) ? []
                    : [new DefinitionFault("app", $"there is no app '{job.App}'; apply it before or together with the job")];
                faults.AddRange(found.Select(f => new DocumentFault(i + 1, reading.Kind, reading.Name, f.Path, f.Message)));
            }
            else if (reading.App is { Command: null } app)
            {
                faults.AddRange(stored.Jobs
                    .Where(j => j.App == app.Name && DefinitionReader.Check(j, app).Count > 0)
                    .Select(j => new DocumentFault(i + 1, reading.Kind, reading.Name, "command", $"is missing, but the stored job '{j.Name}' runs a class of this app; give the command, or change the job first")));
            }
        }

        return faults;
    }

    private async Task ResolveAsync(DefinitionReading[] readings, AppDefinition?[] apps, Stored stored, bool dryRun, CancellationToken cancellationToken)
    {
        var faults = new List<DocumentFault>();
        for (int i = 0; i < apps.Length; i++)
        {
            if (apps[i] is not { Package: { } package } app)
            {
                continue;
            }

            try
            {
                StoredPackage? before = stored.Apps.GetValueOrDefault(app.Name)?.Definition is { } known && known.Package == package && known.Checksum == app.Checksum ? known.Stored : null;
                apps[i] = app with { Stored = dryRun ? before : await packages.StoreAsync(package, app.Checksum, cancellationToken) };
            }
            catch (PackageException e)
            {
                faults.Add(new DocumentFault(i + 1, readings[i].Kind, readings[i].Name, "package", e.Message));
            }
        }

        if (faults.Count > 0)
        {
            throw new Refusal(422, ProblemCode.PackageRefused, $"A package cannot be used; nothing was stored. {faults[0].Message}", faults);
        }
    }

    private static AppliedDocument Compare(int index, DefinitionReading reading, AppDefinition? app, Stored stored)
    {
        JsonObject after;
        JsonObject? before;
        long version;
        if (app is not null)
        {
            AppView? view = stored.Apps.GetValueOrDefault(app.Name);
            after = WithDigest(app);
            before = view is null ? null : WithDigest(view.Definition);
            version = view?.Version ?? 0;
        }
        else
        {
            JobView? view = stored.JobViews.GetValueOrDefault(reading.Job!.Name);
            after = DefinitionWriter.Write(reading.Job);
            before = view is null ? null : DefinitionWriter.Write(view.Definition);
            version = view?.Version ?? 0;
        }

        IReadOnlyList<FieldDifference> differences = DefinitionDiff.Between(before, after);
        string change = before is null ? "created" : differences.Count > 0 ? "updated" : "unchanged";
        return new AppliedDocument(index + 1, reading.Kind!, reading.Name!, change, version, differences);
    }

    // A package whose bytes changed is a change, although the document reads the same.
    private static JsonObject WithDigest(AppDefinition app)
    {
        JsonObject document = DefinitionWriter.Write(app);
        if (app.Stored is { } stored)
        {
            document["packageDigest"] = stored.Digest;
        }

        return document;
    }

    private sealed record Stored(
        Dictionary<AppName, AppView> Apps,
        Dictionary<JobName, JobView> JobViews,
        IReadOnlyList<JobDefinition> Jobs);
}
