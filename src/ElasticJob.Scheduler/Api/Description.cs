using ElasticJob.Scheduler.Api.Contracts;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace ElasticJob.Scheduler.Api;

/// <summary>What the routes do not say by themselves in the OpenAPI document: who may call, what is answered to the others, what parameters mean.</summary>
internal static class Description
{
    private const string Token = "token";
    private const string ProblemName = "Problem";
    private const string ProblemType = "application/problem+json";
    private const string Session = "session";
    private const string Csrf = "csrf";

    private static readonly Dictionary<string, string> Refusals = new()
    {
        ["400"] = "The request cannot be read.",
        ["401"] = "No token, or a wrong one.",
        ["403"] = "The role does not allow it.",
        ["404"] = "It is not there.",
        ["409"] = "The present state forbids it.",
        ["412"] = "Another version is stored than If-Match names.",
        ["422"] = "It makes no sense; faults of definitions are listed.",
        ["429"] = "Too many attempts; Retry-After says when to try again.",
        ["502"] = "The agent did not hand it out.",
        ["503"] = "This scheduler does not lead, or is starting or stopping; try again.",
    };

    private static readonly (string Tag, string Says)[] Tags =
    [
        ("apps", "What is shipped: package or image, command, resources of the executor."),
        ("jobs", "Definitions with their schedules, and what they do now."),
        ("definitions", "Apps and jobs as documents: store, check, take out."),
        ("runs", "Firings of jobs, their tasks and logs."),
        ("events", "What happened, as a list and as it happens."),
        ("statistics", "What happened, counted."),
        ("cluster", "The cluster as the scheduler sees it."),
        ("access", "Who may do what, and who did."),
        ("health", "For load balancers and alarms."),
    ];

    public static async Task CompleteAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info.Title = "ElasticJob";
        document.Info.Description = "Apps, jobs, runs, events and the cluster. Every request below /api needs Authorization: Bearer TOKEN, or a session's cookie; with a cookie, writes also need X-CSRF-Token.";
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
        document.Components.SecuritySchemes[Session] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.ApiKey,
            In = ParameterLocation.Cookie,
            Name = "elasticjob",
            Description = "The session that POST /api/v1/session begins; over TLS the cookie is named __Host-elasticjob.",
        };
        document.Components.SecuritySchemes[Csrf] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.ApiKey,
            In = ParameterLocation.Header,
            Name = Security.CrossSite.Header,
            Description = "With a session, each write sends the value of csrf that GET /api/v1/session answers.",
        };
        document.Security = [Needs(document, Token), Needs(document, Session)];
        document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>();
        document.Components.Schemas.Remove("ProblemDetails");
        document.Components.Schemas[ProblemName] = await context.GetOrCreateSchemaAsync(typeof(Problem), null, cancellationToken);
        document.Tags = new HashSet<OpenApiTag>();
        foreach ((string tag, string says) in Tags)
        {
            document.Tags.Add(new OpenApiTag { Name = tag, Description = says });
        }

        foreach ((string path, IOpenApiPathItem item) in document.Paths)
        {
            foreach ((HttpMethod method, OpenApiOperation operation) in item.Operations ?? [])
            {
                Complete(document, path, method, operation);
            }
        }
    }

    private static void Complete(OpenApiDocument document, string path, HttpMethod method, OpenApiOperation operation)
    {
        bool isApi = path.StartsWith("/api/", StringComparison.Ordinal);
        string tag = TagOf(path);
        operation.Tags = new HashSet<OpenApiTagReference> { new(Tags.Any(t => t.Tag == tag) ? tag : "access", document) };
        operation.Responses ??= [];
        foreach (string status in isApi ? new[] { "400", "401", "403", "503" } : ["401"])
        {
            operation.Responses.TryAdd(status, new OpenApiResponse { Description = Refusals[status] });
        }

        foreach ((string status, IOpenApiResponse response) in operation.Responses.ToArray())
        {
            if (status[0] is '4' or '5' && (isApi || status[0] == '4'))
            {
                operation.Responses[status] = new OpenApiResponse
                {
                    Description = Refusals.GetValueOrDefault(status) ?? response.Description,
                    Content = new Dictionary<string, OpenApiMediaType> { [ProblemType] = new() { Schema = new OpenApiSchemaReference(ProblemName, document) } },
                };
            }
        }

        foreach (OpenApiParameter parameter in (operation.Parameters ?? []).OfType<OpenApiParameter>())
        {
            ParameterDescription.Complete(document, operation.OperationId ?? "", parameter);
        }

        // Health is open on the loopback, and asks for the token from elsewhere.
        operation.Security = !isApi ? [new OpenApiSecurityRequirement(), Needs(document, Token)]
            : operation.OperationId == "signIn" ? [new OpenApiSecurityRequirement()]
            : method == HttpMethod.Get ? null
            : [Needs(document, Token), Needs(document, Session, Csrf)];
    }

    private static string TagOf(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
    {
        ["healthz", ..] => "health",
        ["api", "v1", "apply" or "definitions" or "validate" or "schedules" or "import", ..] => "definitions",
        ["api", "v1", var resource, ..] => resource,
        _ => "access",
    };

    private static OpenApiSecurityRequirement Needs(OpenApiDocument document, params string[] schemes)
    {
        var needs = new OpenApiSecurityRequirement();
        foreach (string scheme in schemes)
        {
            needs[new OpenApiSecuritySchemeReference(scheme, document)] = [];
        }

        return needs;
    }
}
