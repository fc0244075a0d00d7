namespace ElasticJob.Scheduler.Hosting;

/// <summary>Certificate and key of the API, as PEM files; both are read again when they change.</summary>
/// <param name="Certificate">The certificate, with those that signed it behind it.</param>
/// <param name="Key">Its private key, not encrypted; for its owner alone.</param>
public sealed record TlsOptions(string Certificate, string Key);
