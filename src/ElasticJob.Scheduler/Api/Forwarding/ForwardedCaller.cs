using System.Net;
using ElasticJob.Scheduler.Leadership;
using Microsoft.AspNetCore.Http;

namespace ElasticJob.Scheduler.Api.Forwarding;

/// <summary>
/// A request that another scheduler passes on counts as its caller's, for the audit log and for what is told to this machine alone. Nobody else is
/// believed who the caller is.
/// </summary>
internal sealed class ForwardedCaller(RequestDelegate next, ILeadership leadership)
{
    public async Task InvokeAsync(HttpContext context)
    {
        string caller = context.Request.Headers[ForwardingHeaders.ForwardedFor].ToString();
        if (context.Request.IsForwarded()
            && context.Connection.RemoteIpAddress is { } remote
            && IPAddress.TryParse(caller, out IPAddress? address)
            && await IsMemberAsync(remote, context.RequestAborted))
        {
            context.Connection.RemoteIpAddress = address;
        }

        await next(context);
    }

    private async Task<bool> IsMemberAsync(IPAddress remote, CancellationToken cancellationToken)
    {
        IPAddress plain = Plain(remote);
        foreach (string host in leadership.View.Members.Select(m => m.Address?.DnsSafeHost).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase))
        {
            try
            {
                if ((await Dns.GetHostAddressesAsync(host, cancellationToken)).Any(a => Plain(a).Equals(plain)))
                {
                    return true;
                }
            }
            catch (System.Net.Sockets.SocketException)
            {
                // A name that cannot be looked up proves nothing.
            }
        }

        return false;
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
