using System.Collections;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace ElasticJob.Local.Http;

/// <summary>
/// The JSON of the Mesos API. Google's formatter writes 64-bit integers as strings; Mesos writes and expects numbers, so the writing is
/// done here and only the reading (which takes both) is Google's.
/// </summary>
internal static class ProtoJson
{
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true).WithRecursionLimit(64));

    public static T Parse<T>(string json)
        where T : IMessage, new()
    {
        T message = Parser.Parse<T>(json);
        return message.IsInitialized() ? message : throw new InvalidDataException("Not all required fields are set.");
    }

    public static byte[] Write(IMessage message)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            WriteMessage(writer, message);
        }

        return buffer.ToArray();
    }

    private static void WriteMessage(Utf8JsonWriter writer, IMessage message)
    {
        writer.WriteStartObject();
        foreach (FieldDescriptor field in message.Descriptor.Fields.InFieldNumberOrder())
        {
            if (field.IsMap)
            {
                WriteMap(writer, field, (IDictionary)field.Accessor.GetValue(message));
            }
            else if (field.IsRepeated)
            {
                WriteList(writer, field, (IList)field.Accessor.GetValue(message));
            }
            else if (field.Accessor.HasValue(message))
            {
                writer.WritePropertyName(field.Name);
                WriteValue(writer, field, field.Accessor.GetValue(message));
            }
        }

        writer.WriteEndObject();
    }

    private static void WriteMap(Utf8JsonWriter writer, FieldDescriptor field, IDictionary map)
    {
        if (map.Count == 0)
        {
            return;
        }

        FieldDescriptor value = field.MessageType.FindFieldByNumber(2);
        writer.WriteStartObject(field.Name);
        foreach (DictionaryEntry entry in map)
        {
            writer.WritePropertyName(Convert.ToString(entry.Key, System.Globalization.CultureInfo.InvariantCulture)!);
            WriteValue(writer, value, entry.Value!);
        }

        writer.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter writer, FieldDescriptor field, IList list)
    {
        if (list.Count == 0)
        {
            return;
        }

        writer.WriteStartArray(field.Name);
        foreach (object? item in list)
        {
            WriteValue(writer, field, item!);
        }

        writer.WriteEndArray();
    }

    private static void WriteValue(Utf8JsonWriter writer, FieldDescriptor field, object value)
    {
        switch (value)
        {
            case IMessage message: WriteMessage(writer, message); break;
            case string text: writer.WriteStringValue(text); break;
            case bool flag: writer.WriteBooleanValue(flag); break;
            case ByteString bytes: writer.WriteBase64StringValue(bytes.Span); break;
            case int number: writer.WriteNumberValue(number); break;
            case uint number: writer.WriteNumberValue(number); break;
            case long number: writer.WriteNumberValue(number); break;
            case ulong number: writer.WriteNumberValue(number); break;
            case float number: writer.WriteNumberValue(number); break;
            case double number when double.IsFinite(number): writer.WriteNumberValue(number); break;
            case double: writer.WriteNumberValue(0); break;
            default: WriteEnum(writer, field, Convert.ToInt32(value, System.Globalization.CultureInfo.InvariantCulture)); break;
        }
    }

    private static void WriteEnum(Utf8JsonWriter writer, FieldDescriptor field, int number)
    {
        if (field.EnumType.FindValueByNumber(number) is { } known)
        {
            writer.WriteStringValue(known.Name);
        }
        else
        {
            writer.WriteNumberValue(number);
        }
    }
}
