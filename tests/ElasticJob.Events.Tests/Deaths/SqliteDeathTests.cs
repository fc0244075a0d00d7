using ElasticJob.Storage.Sqlite;

namespace ElasticJob.Events.Tests.Deaths;

public sealed class SqliteDeathTests : WriterDeaths, IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("elasticjob-events-").FullName;

    protected override string Place => folder;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    protected override Task<string> AskAsync(string sql)
    {
        using SqliteDatabase database = SqliteDatabase.OpenReader(Path.Combine(folder, "events.db"));
        return Task.FromResult(database.Prepare(sql).Read(static row => row.Text(0)!).Single());
    }
}
