namespace ElasticJob.Local.Http;

/// <summary>How a message is written on the wire.</summary>
internal enum MediaType
{
    /// <summary><c>application/x-protobuf</c>.</summary>
    Protobuf,

    /// <summary><c>application/json</c>: proto field names, enums by name, bytes in base64, 64-bit integers as numbers.</summary>
    Json,
}
