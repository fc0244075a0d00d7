using System.Net;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Platform;
using ElasticJob.ZooKeeper;

namespace ElasticJob.Cli.Tests.Platform;

public sealed class SchedulerConfigTests : IDisposable
{
    private const string Least = "\"dataDirectory\": \"data\", \"master\": \"http://m:5050\"";

    private readonly string folder = Directory.CreateTempSubdirectory("elasticjob-config-").FullName;
    private readonly List<string> faults = [];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Read_WithoutZooKeeper_IsOneSchedulerOnTheLoopback()
    {
        SchedulerConfig config = Read("").ShouldNotBeNull();

        faults.ShouldBeEmpty();
        (config.DataDirectory, config.Port, config.Listen, config.ZooKeeper).ShouldBe((Path.Combine(folder, "data"), 8899, IPAddress.Loopback, null));
        (config.User, config.Role).ShouldBe((Environment.UserName, "elasticjob"));
    }

    [Fact]
    public void Read_UserAndRole_AreWhatTheClusterIsTold()
    {
        SchedulerConfig config = Read(", \"user\": \"jobs\", \"role\": \"batch/jobs\"").ShouldNotBeNull();

        faults.ShouldBeEmpty();
        (config.User, config.Role).ShouldBe(("jobs", "batch/jobs"));
    }

    [Fact]
    public void Read_ZooKeeperWithCredential_KeepsItsNodesToItself()
    {
        File.WriteAllText(Path.Combine(folder, "zk"), "jobs:hush-hush\n");

        SchedulerConfig config = Read("""
            , "listen": "0.0.0.0", "allowInsecure": true, "instance": "one", "address": "http://10.0.0.11:8899", "events": { "postgres": { "connectionString": "Host=db" } },
            "zookeeper": { "connect": "a:2181,b:2182/elasticjob", "cluster": "production", "credential": { "fromFile": "zk" }, "tls": true, "sessionTimeout": "6s" }
            """).ShouldNotBeNull();

        ZooKeeperOptions options = config.ZooKeeper.ShouldNotBeNull();
        (options.ConnectString.ToString(), options.SessionTimeout, options.Tls is null).ShouldBe(("a:2181,b:2182/elasticjob", TimeSpan.FromSeconds(6), false));
        options.DefaultAcl.ShouldBe([Acl.Creator(Permissions.All)]);
        options.Authentication.Single().Scheme.ShouldBe("digest");
        (config.Listen, config.Instance, config.Address).ShouldBe((IPAddress.Any, "one", new Uri("http://10.0.0.11:8899")));
        config.Cluster.ShouldBe("production");
        $"{config}".ShouldNotContain("hush-hush");
    }

    [Theory]
    [InlineData("""{ }""", "zookeeper.connect: is missing")]
    [InlineData("""{ "connect": "a:2181" }""", "zookeeper.connect: names no place of its own; write a:2181/elasticjob")]
    [InlineData("""{ "connect": "a:0/x" }""", "is not host:port")]
    [InlineData("""{ "connect": "a/x", "credential": "jobs:hush-hush" }""", "zookeeper.credential: must be { \"fromFile\"")]
    [InlineData("""{ "connect": "a/x", "credential": { "fromFile": "none" } }""", "zookeeper.credential.fromFile: cannot be read")]
    [InlineData("""{ "connect": "a/x", "credential": { "fromFile": "bad" } }""", "zookeeper.credential: must hold one line, USER:PASSWORD")]
    [InlineData("""{ "connect": "a/x", "tls": { "ca": "none.pem" } }""", "zookeeper.tls.ca: cannot be read as PEM")]
    [InlineData("""{ "connect": "a/x", "tls": { "key": "k" } }""", "certificate and key go together")]
    [InlineData("""{ "connect": "a/x", "sessionTimeout": "20" }""", "zookeeper.sessionTimeout: must be a duration from 1s to 5m")]
    [InlineData("""{ "connect": "a/x", "cluster": "" }""", "zookeeper.cluster: must be a name")]
    [InlineData("""{ "connect": "a/x", "server": "b" }""", "zookeeper.server: is not known; known are connect, cluster, credential, tls, sessionTimeout")]
    public void Read_ZooKeeperFault_SaysWhereAndTheMend(string section, string fault)
    {
        File.WriteAllText(Path.Combine(folder, "bad"), "hush-hush");

        Read($", \"events\": {{ \"sqlite\": true }}, \"zookeeper\": {section}").ShouldBeNull();

        faults.ShouldContain(f => f.Contains(fault));
        string.Join('\n', faults).ShouldNotContain("hush-hush");
    }

    [Theory]
    [InlineData(", \"zookeeper\": { \"connect\": \"a/x\" }", "events.postgres: is missing")]
    [InlineData(", \"listen\": \"everywhere\"", "listen: must be an IP address")]
    [InlineData(", \"address\": \"scheduler-1\"", "address: must be the address")]
    [InlineData(", \"allowedHosts\": \"a\"", "allowedHosts: must be a list")]
    [InlineData(", \"listen\": \"0.0.0.0\"", "tls: is missing; on 0.0.0.0 passwords and tokens would cross the network")]
    [InlineData(", \"listen\": \"10.0.0.1\", \"allowInsecure\": \"yes\"", "allowInsecure: must be true or false")]
    [InlineData(", \"tls\": { \"certificate\": \"none.pem\" }", "tls.key: must be the path of a PEM file")]
    [InlineData(", \"instance\": \"\"", "instance: must be a name")]
    [InlineData(", \"user\": \"\"", "user: must be the user of the agents' machines")]
    [InlineData(", \"user\": 0", "user: must be the user of the agents' machines")]
    [InlineData(", \"user\": \"a b\"", "'a b' has a blank")]
    [InlineData(", \"user\": \"-a\"", "'-a' starts with '-'")]
    [InlineData(", \"role\": \"\"", "role: must be the role in the cluster")]
    [InlineData(", \"role\": \"a//b\"", "'a//b' is empty, or has an empty part")]
    [InlineData(", \"role\": \"/a\"", "has an empty part")]
    [InlineData(", \"role\": \"a/*\"", "'a/*' has '*' in it")]
    [InlineData(", \"role\": \"-a\"", "'-a' has a part that starts with '-'")]
    [InlineData(", \"role\": \"a b\"", "'a b' has a blank")]
    [InlineData(", \"zoo\": 1", "zoo: is not known")]
    public void Read_Fault_SaysWhereAndTheMend(string more, string fault)
    {
        Read(more).ShouldBeNull();
        faults.ShouldContain(f => f.Contains(fault));
    }

    private SchedulerConfig? Read(string more) => SchedulerConfig.Read(JsonNode.Parse($"{{ {Least} {more} }}"), folder, TimeProvider.System, faults);
}
