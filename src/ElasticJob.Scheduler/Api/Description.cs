using Microsoft.OpenApi;

namespace ElasticJob.Scheduler.Api;

/// <summary>What the routes do not say by themselves in the OpenAPI document: who may call, and what is answered to the others.</summary>
internal static class Description
{
    private const string Token = "token";

    public static void Complete(OpenApiDocument document)
    {
        document.Info.Title = "ElasticJob";
        document.Info.Description = "Apps, jobs, runs, events and the cluster. Every request below /api needs Authorization: Bearer TOKEN.";
        document.Info.License = new OpenApiLicense { Name = "Apache 2.0", Url = new Uri("https://www.apache.org/licenses/LICENSE-2.0") };

        // Relative: a scheduler has as many addresses as there are ways to it.
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[Token] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "The first token is in secrets/api-token of the data folder.",
        };
        document.Security = [Needs(document)];
        foreach ((string path, IOpenApiPathItem item) in document.Paths)
        {
            foreach (OpenApiOperation operation in item.Operations?.Values.ToArray() ?? [])
            {
                if (path.StartsWith("/api/", StringComparison.Ordinal))
                {
                    operation.Responses ??= [];
                    operation.Responses.TryAdd("401", new OpenApiResponse { Description = "No token, or a wrong one." });
                    operation.Responses.TryAdd("403", new OpenApiResponse { Description = "The role does not allow it." });
                }
                else
                {
                    // Health is open on the loopback, and asks for the token from elsewhere.
                    operation.Security = [new OpenApiSecurityRequirement(), Needs(document)];
                }
            }
        }
    }

    private static OpenApiSecurityRequirement Needs(OpenApiDocument document) => new() { [new OpenApiSecuritySchemeReference(Token, document)] = [] };
}
