using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace ElasticJob.Scheduler.Api.Problems;

/// <summary>The query parameters that an address takes: what its handler asks for beside the parts of the path, its services and its body.</summary>
internal sealed record QueryParameters(IReadOnlyList<string> Names)
{
    /// <summary>Tells them for all addresses of a group, so that <see cref="QueryCheck"/> holds requests to them.</summary>
    public static void Tell(IEndpointConventionBuilder group) => group.Add(static endpoint =>
    {
        if (endpoint is RouteEndpointBuilder route && endpoint.Metadata.OfType<MethodInfo>().FirstOrDefault() is { } handler)
        {
            endpoint.Metadata.Add(new QueryParameters(
                [.. handler.GetParameters().Where(p => IsText(p.ParameterType) && route.RoutePattern.GetParameter(p.Name!) is null).Select(p => p.Name!)]));
        }
    });

    // What a text can be read as; all else comes from the request as a whole or from the services.
    private static bool IsText(Type type)
    {
        Type one = type.IsArray ? type.GetElementType()! : Nullable.GetUnderlyingType(type) ?? type;
        return one == typeof(string) || one.IsPrimitive;
    }
}
