using System.Net;
using System.Net.Sockets;

namespace ElasticJob.Scheduler.Access;

/// <summary>
/// Bounds how often passwords can be tried. Failures count for a quarter of an hour from the first of them: 5 for one user from one address, 20 from one
/// address, 50 for one user from all addresses. The last one holds only for addresses from which the user has no session: a stranger cannot keep
/// somebody out who comes from where he came before, and nobody for longer than that quarter. Memory is bounded; a restart forgets.
/// </summary>
internal sealed class SignInLimit(TimeProvider time)
{
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(15);
    private const int MostOfPair = 5;
    private const int MostOfAddress = 20;
    private const int MostOfUser = 50;
    private const int MostCounters = 20_000;

    private readonly Lock gate = new();
    private readonly Dictionary<string, Counter> counters = [];

    /// <summary>How long to wait before the next try, if this one is not allowed. The first refusal of a window is told apart, so that it is audited once.</summary>
    public (TimeSpan Wait, bool First)? Refuses(string user, IPAddress? remote, bool isKnownThere)
    {
        string address = Network(remote);
        lock (gate)
        {
            DateTimeOffset now = time.GetUtcNow();
            Counter? full = Full(Pair(user, address), MostOfPair, now) ?? Full(Address(address), MostOfAddress, now) ?? (isKnownThere ? null : Full(User(user), MostOfUser, now));
            if (full is null)
            {
                return null;
            }

            bool first = !full.Told;
            full.Told = true;
            return (full.Since + Window - now, first);
        }
    }

    public void Failed(string user, IPAddress? remote)
    {
        string address = Network(remote);
        lock (gate)
        {
            Count(Pair(user, address));
            Count(Address(address));
            Count(User(user));
        }
    }

    /// <summary>A right password ends what counts against this user at this address; what others tried elsewhere goes on counting.</summary>
    public void Succeeded(string user, IPAddress? remote)
    {
        lock (gate)
        {
            counters.Remove(Pair(user, Network(remote)));
        }
    }

    private static string Pair(string user, string address) => $"p {address} {user}";

    private static string Address(string address) => $"a {address}";

    private static string User(string user) => $"u {user}";

    /// <summary>IPv6 by its /64: whoever has one address has them all.</summary>
    private static string Network(IPAddress? remote)
    {
        if (remote is null)
        {
            return "-";
        }

        IPAddress address = remote.IsIPv4MappedToIPv6 ? remote.MapToIPv4() : remote;
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexStringLower(address.GetAddressBytes().AsSpan(0, 8)) : address.ToString();
    }

    private Counter? Full(string key, int most, DateTimeOffset now) =>
        counters.TryGetValue(key, out Counter? counter) && counter.Count >= most && now - counter.Since < Window ? counter : null;

    private void Count(string key)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (!counters.TryGetValue(key, out Counter? counter) || now - counter.Since >= Window)
        {
            MakeRoom(now);
            counters[key] = counter = new Counter(now);
        }

        counter.Count++;
    }

    private void MakeRoom(DateTimeOffset now)
    {
        if (counters.Count < MostCounters)
        {
            return;
        }

        foreach (string old in counters.Where(c => now - c.Value.Since >= Window).Select(c => c.Key).ToArray())
        {
            counters.Remove(old);
        }

        foreach (string old in counters.OrderBy(c => c.Value.Since).Take(Math.Max(0, counters.Count - (MostCounters / 2))).Select(c => c.Key).ToArray())
        {
            counters.Remove(old);
        }
    }

    private sealed class Counter(DateTimeOffset since)
    {
        public DateTimeOffset Since => since;

        public int Count { get; set; }

        public bool Told { get; set; }
    }
}
