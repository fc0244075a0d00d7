using System.Text.Json.Serialization;
using ElasticJob.Scheduler.Access;
using ElasticJob.Scheduler.Api.Cloud;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Forwarding;
using ElasticJob.Scheduler.Api.Streams;
using ElasticJob.Scheduler.Api.Logs;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Api.Routes;
using ElasticJob.Scheduler.Api.Security;
using ElasticJob.Scheduler.Observability;
using ElasticJob.Scheduler.Packages;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.OpenApi;

namespace ElasticJob.Scheduler.Api;

/// <summary>
/// Puts the REST API into a host. The host brings <see cref="Leadership.ILeadership"/>, <see cref="Loop.ISchedulerLoop"/>, <see cref="Events.IEventQueries"/>, <see cref="Events.IEventReports"/> and, for logs,
/// <see cref="ITaskLogReader"/>.
/// </summary>
public static class SchedulerApi
{
    /// <summary>Registers what the API needs; a <see cref="IPackageStore"/> that is there already stays.</summary>
    public static IServiceCollection AddSchedulerApi(this IServiceCollection services, SchedulerApiOptions options)
    {
        services.AddSingleton(options);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IPackageStore>(static p => new PackageStore(
            new PackageStoreOptions { Folder = Path.Combine(p.GetRequiredService<SchedulerApiOptions>().DataFolder, "packages") },
            p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(static p => LocalToken.Open(p.GetRequiredService<SchedulerApiOptions>().DataFolder));
        services.TryAddSingleton<LoopMetrics>();
        services.AddSingleton<LeaderConnection>();
        services.AddSingleton<Applying>();
        services.AddSingleton<RunHistory>();
        services.AddSingleton<EventFeed>();
        services.AddSingleton<EventStream>();
        services.AddSingleton(static p => new LogRoutes(
            p.GetRequiredService<RunHistory>(),
            p.GetRequiredService<SchedulerApiOptions>(),
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<LogRoutes>>(),
            p.GetService<ITaskLogReader>()));
        services.Configure<JsonOptions>(static json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default);

            // The document describes what that context writes: names of closed sets as names, numbers as numbers.
            foreach (JsonConverter words in ApiJson.Default.Options.Converters.Where(c => c is JsonConverterFactory))
            {
                json.SerializerOptions.Converters.Add(words);
            }

            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        services.Configure<RouteHandlerOptions>(static handlers => handlers.ThrowOnBadRequest = true);
        services.AddAccess();
        services.AddAuthentication(AccessAuthentication.SchemeName).AddScheme<AuthenticationSchemeOptions, AccessAuthentication>(AccessAuthentication.SchemeName, null);
        services.AddAuthorizationBuilder()
            .AddPolicy(Roles.Viewer, static p => p.RequireRole(Roles.Viewer))
            .AddPolicy(Roles.Operator, static p => p.RequireRole(Roles.Operator))
            .AddPolicy(Roles.Admin, static p => p.RequireRole(Roles.Admin));
        services.AddOpenApi("v1", static openApi =>
        {
            openApi.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            openApi.AddDocumentTransformer(Description.CompleteAsync);
        });
        return services;
    }

    private static void AddAccess(this IServiceCollection services)
    {
        services.TryAddSingleton<AccessBook>();
        services.AddSingleton<LastSeen>();
        services.AddSingleton<Callers>();
        services.AddSingleton<SignInLimit>();
        services.AddSingleton<PasswordCheck>();
        services.AddSingleton<AccessWriter>();
        services.AddSingleton<SignIns>();
        services.AddSingleton<Users>();
        services.AddSingleton<Tokens>();
        services.AddHostedService<AccessUpkeep>();
    }

    /// <summary>Maps the API, health, metrics and the description, behind the checks that every request passes. Call it before mapping more.</summary>
    /// <exception cref="IOException">The file with the API's token cannot be read or made.</exception>
    public static WebApplication MapSchedulerApi(this WebApplication app)
    {
        // Opened at the start, so that a data folder that cannot be written is told then and not to the first caller.
        _ = app.Services.GetRequiredService<LocalToken>();
        app.UseMiddleware<ForwardToLeader>();
        app.UseMiddleware<ForwardedCaller>();

        // Said here, because the host would otherwise put it first, where the caller that a follower names is not known yet.
        app.UseAuthentication();
        app.UseRouting();
        app.UseMiddleware<Gate>();
        app.UseMiddleware<ProblemWriter>();
        app.UseAuthorization();
        app.UseMiddleware<ScopeCheck>();
        app.UseMiddleware<QueryCheck>();
        app.MapOpenApi("/openapi/v1.json").AllowAnonymous();
        app.MapPlatform();
        app.MapMetrics();
        RouteGroupBuilder api = app.MapGroup(ApiRoutes.Prefix);
        QueryParameters.Tell(api);
        api.MapDefinitions();
        api.MapImport();
        api.MapApps();
        api.MapJobs();
        api.MapRuns();
        LogRoutes.Map(api);
        api.MapEvents();
        api.MapCluster();
        api.MapAudit();
        api.MapSession();
        api.MapUsers();
        api.MapTokens();
        SignInPage.Map(app);
        app.MapCloudApi();
        return app;
    }
}
