using ElasticJob.Mesos.Errors;
using ElasticJob.Mesos.Http;
using Google.Protobuf;

namespace ElasticJob.Mesos.OperatorApi;

/// <summary>What the operator API (<c>/api/v1</c>) of masters and agents has in common: one call, one answer.</summary>
public abstract class OperatorConnection
{
    private protected static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(15);

    private readonly CallPoster poster;
    private readonly Uri address;

    private protected OperatorConnection(Uri server, HttpMessageInvoker http, TimeProvider time, MesosCredential? credential)
    {
        address = new Uri(server, "/api/v1");
        poster = new CallPoster(http, CallPoster.Basic(credential), time);
    }

    private protected async Task<T> AskAsync<T>(IMessage call, MessageParser<T> parser, CancellationToken cancellationToken)
        where T : IMessage<T>
    {
        HttpResponseMessage response = await poster.PostAsync(address, call, null, CallTimeout, cancellationToken).ConfigureAwait(false);
        try
        {
            if (CallPoster.RedirectTarget(address, response) is { } leader)
            {
                response.Dispose();
                response = await poster.PostAsync(leader, call, null, CallTimeout, cancellationToken).ConfigureAwait(false);
            }

            if (!response.IsSuccessStatusCode)
            {
                throw await poster.FaultAsync(address, response, CallTimeout, cancellationToken).ConfigureAwait(false);
            }

            return parser.ParseFrom(await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new MesosConnectionLostException($"The answer of {address} broke off: {e.Message}", e);
        }
        finally
        {
            response.Dispose();
        }
    }
}
