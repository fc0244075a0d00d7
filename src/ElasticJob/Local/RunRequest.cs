using System.Globalization;

namespace ElasticJob.Local;

/// <summary>What <c>run</c> is asked to do.</summary>
internal sealed record RunRequest(string Job, int Shard, int Shards, string? Parameter, string? ShardParameter, bool Streaming)
{
    /// <summary>Reads the arguments after <c>run</c>.</summary>
    public static bool TryRead(ReadOnlySpan<string> args, out RunRequest? request, out string? fault)
    {
        request = null;
        if (args.Length == 0 || args[0].StartsWith('-'))
        {
            fault = "run needs the name of a job.";
            return false;
        }

        var read = new RunRequest(args[0], 0, -1, null, null, false);
        for (int i = 1; i < args.Length; i++)
        {
            string option = args[i];
            string? value = i + 1 < args.Length ? args[i + 1] : null;
            switch (option)
            {
                case "--streaming":
                    read = read with { Streaming = true };
                    continue;
                case "--shard" or "--shards" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number):
                    read = option == "--shard" ? read with { Shard = number } : read with { Shards = number };
                    break;
                case "--shard" or "--shards":
                    fault = $"{option} needs a whole number from 0 up.";
                    return false;
                case "--parameter" when value is not null:
                    read = read with { Parameter = value };
                    break;
                case "--shard-parameter" when value is not null:
                    read = read with { ShardParameter = value };
                    break;
                default:
                    fault = $"'{option}' is not an option of run, or lacks its value.";
                    return false;
            }

            i++;
        }

        request = read.Shards < 0 ? read with { Shards = read.Shard + 1 } : read;
        fault = request.Shard < request.Shards ? null : $"Shard {request.Shard} does not exist among {request.Shards} shards; they count from 0.";
        return fault is null;
    }
}
