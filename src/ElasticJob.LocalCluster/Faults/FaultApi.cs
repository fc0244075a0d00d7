using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using ElasticJob.Local.Http;
using Microsoft.AspNetCore.Http;

namespace ElasticJob.Local.Faults;

/// <summary>
/// Takes orders to break things, on a loopback port of its own: <c>POST /rules</c> (a JSON list of <see cref="FaultRule"/>),
/// <c>POST /master/restart?seconds=S</c>, <c>POST /agents/N/restart?seconds=S</c>, <c>POST /agents/N/lose?seconds=S</c>. An order is answered when it is carried out.
/// </summary>
internal sealed partial class FaultApi : IAsyncDisposable
{
    private readonly LocalCluster _cluster;
    private readonly FaultInjector _faults;
    private ApiServer? _server;

    private FaultApi(LocalCluster cluster, FaultInjector faults)
    {
        _cluster = cluster;
        _faults = faults;
    }

    public Uri Address => _server!.Address;

    public static async Task<FaultApi> StartAsync(LocalCluster cluster, FaultInjector faults, int port, CancellationToken cancellationToken)
    {
        var api = new FaultApi(cluster, faults);
        api._server = await ApiServer.StartAsync(IPAddress.Loopback, port, api.HandleAsync, cancellationToken).ConfigureAwait(false);
        return api;
    }

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task HandleAsync(HttpContext context, CancellationToken stopping)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping, context.RequestAborted);
        string[] path = context.Request.Path.ToString().Split('/', StringSplitOptions.RemoveEmptyEntries);
        TimeSpan seconds = TimeSpan.FromSeconds(double.TryParse(context.Request.Query["seconds"], CultureInfo.InvariantCulture, out double given) ? given : 0);
        switch (path)
        {
            case ["rules"]:
                _faults.Set(await JsonSerializer.DeserializeAsync(context.Request.Body, Json.Default.FaultRuleArray, ended.Token).ConfigureAwait(false) ?? []);
                break;
            case ["master", "restart"]:
                await _cluster.RestartMasterAsync(seconds, ended.Token).ConfigureAwait(false);
                break;
            case ["agents", var agent, "restart"]:
                await _cluster.RestartAgentAsync(Index(agent), seconds, ended.Token).ConfigureAwait(false);
                break;
            case ["agents", var agent, "lose"]:
                await _cluster.LoseAgentAsync(Index(agent), seconds, _faults, ended.Token).ConfigureAwait(false);
                break;
            default:
                throw new CallRefusedException(404, "There are /rules, /master/restart, /agents/N/restart and /agents/N/lose.");
        }
    }

    private int Index(string agent) =>
        int.TryParse(agent, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < _cluster.AgentCount
            ? index
            : throw new CallRefusedException(404, $"There is no agent {agent}; they count from 0.");

    [JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true, UseStringEnumConverter = true)]
    [JsonSerializable(typeof(FaultRule[]))]
    private sealed partial class Json : JsonSerializerContext;
}
