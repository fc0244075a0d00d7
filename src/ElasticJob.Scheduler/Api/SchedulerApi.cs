using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Logs;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Api.Routes;
using ElasticJob.Scheduler.Api.Security;
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
/// Puts the REST API into a host. The host brings <see cref="Loop.ISchedulerLoop"/>, <see cref="Events.IEventQueries"/> and, for logs,
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
        services.AddSingleton<Applying>();
        services.AddSingleton<RunHistory>();
        services.AddSingleton(static p => new LogRoutes(
            p.GetRequiredService<RunHistory>(),
            p.GetRequiredService<SchedulerApiOptions>(),
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<LogRoutes>>(),
            p.GetService<ITaskLogReader>()));
        services.Configure<JsonOptions>(static json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default));
        services.Configure<RouteHandlerOptions>(static handlers => handlers.ThrowOnBadRequest = true);
        services.AddAuthentication(TokenAuthentication.SchemeName).AddScheme<AuthenticationSchemeOptions, TokenAuthentication>(TokenAuthentication.SchemeName, null);
        services.AddAuthorizationBuilder()
            .AddPolicy(Roles.Viewer, static p => p.RequireRole(Roles.Viewer))
            .AddPolicy(Roles.Operator, static p => p.RequireRole(Roles.Operator))
            .AddPolicy(Roles.Admin, static p => p.RequireRole(Roles.Admin));
        services.AddOpenApi("v1", static openApi =>
        {
            openApi.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            openApi.AddDocumentTransformer(static (document, _, _) =>
            {
                Description.Complete(document);
                return Task.CompletedTask;
            });
        });
        return services;
    }

    /// <summary>Maps the API, health, metrics and the description, behind the checks that every request passes. Call it before mapping more.</summary>
    /// <exception cref="IOException">The file with the API's token cannot be read or made.</exception>
    public static WebApplication MapSchedulerApi(this WebApplication app)
    {
        // Opened at the start, so that a data folder that cannot be written is told then and not to the first caller.
        _ = app.Services.GetRequiredService<LocalToken>();
        app.UseMiddleware<Gate>();
        app.UseMiddleware<ProblemWriter>();
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapOpenApi("/openapi/{documentName}.json");
        app.MapPlatform();
        RouteGroupBuilder api = app.MapGroup(ApiRoutes.Prefix);
        api.MapApply();
        api.MapApps();
        api.MapJobs();
        api.MapRuns();
        LogRoutes.Map(api);
        api.MapEvents();
        api.MapCluster();
        return app;
    }
}
