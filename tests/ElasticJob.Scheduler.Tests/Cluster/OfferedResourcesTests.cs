using ElasticJob.Mesos.V1;
using ElasticJob.Scheduler.Cluster;
using ElasticJob.Scheduling.Definitions;

namespace ElasticJob.Scheduler.Tests.Cluster;

public sealed class OfferedResourcesTests
{
    [Fact]
    public void Take_ReservedAndUnreserved_ReservedGoesFirstAndKeepsItsRole()
    {
        var offered = new OfferedResources([Scalar("cpus", 2), Scalar("cpus", 1, "elasticjob"), Scalar("mem", 512)]);
        List<Resource> taken = offered.Take(Resources.Of(1.5, 100)).ShouldNotBeNull();
        taken.Select(r => (r.Name, r.Scalar.Value, r.Reservations.Count)).ShouldBe([("cpus", 1, 1), ("cpus", 0.5, 0), ("mem", 100, 0)]);
        offered.Take(Resources.Of(1.5, 412))!.Select(r => r.Scalar.Value).ShouldBe([1.5, 412]);
    }

    [Fact]
    public void Take_MoreThanThereIs_TakesNothing()
    {
        var offered = new OfferedResources([Scalar("cpus", 2), Scalar("cpus", 1, "elasticjob"), Scalar("mem", 512)]);
        offered.Take(Resources.Of(3, 513)).ShouldBeNull();
        offered.Take(Resources.Of(3.001, 1)).ShouldBeNull();
        offered.Take(Resources.Of(1, 1, 1)).ShouldBeNull("there is no disk");
        offered.Take(Resources.Of(3, 512))!.Sum(r => r.Scalar.Value).ShouldBe(515, 1e-9);
    }

    [Fact]
    public void PutBack_WhatWasTaken_CanBeTakenAgain()
    {
        var offered = new OfferedResources([Scalar("cpus", 2), Scalar("cpus", 1, "elasticjob"), Scalar("mem", 512)]);
        offered.PutBack(offered.Take(Resources.Of(1.5, 100)).ShouldNotBeNull());
        offered.Take(Resources.Of(2.5, 512))!.Select(r => (r.Name, r.Scalar.Value, r.Reservations.Count)).ShouldBe([("cpus", 1, 1), ("cpus", 1.5, 0), ("mem", 512, 0)]);
    }

    [Fact]
    public void Usable_VolumesRevocableSharedAndRanges_DoNotCount()
    {
        var revocable = Scalar("cpus", 4);
        revocable.Revocable = new Resource.Types.RevocableInfo();
        var volume = Scalar("disk", 100);
        volume.Disk = new Resource.Types.DiskInfo { Persistence = new Resource.Types.DiskInfo.Types.Persistence { Id = "v" } };
        var ports = new Resource { Name = "ports", Type = Value.Types.Type.Ranges, Ranges = new Value.Types.Ranges() };
        OfferedResources.Usable([Scalar("cpus", 1), Scalar("cpus", 0.5, "elasticjob"), Scalar("mem", 64), revocable, volume, ports])
            .ShouldBe(Resources.Of(1.5, 64));
    }

    private static Resource Scalar(string name, double value, string? role = null)
    {
        var resource = new Resource { Name = name, Type = Value.Types.Type.Scalar, Scalar = new Value.Types.Scalar { Value = value } };
        if (role is not null)
        {
            resource.Reservations.Add(new Resource.Types.ReservationInfo { Type = Resource.Types.ReservationInfo.Types.Type.Static, Role = role });
        }

        return resource;
    }
}
