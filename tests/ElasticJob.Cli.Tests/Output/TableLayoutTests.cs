using ElasticJob.Cli.Output;

namespace ElasticJob.Cli.Tests.Output;

public sealed class TableLayoutTests
{
    private static readonly string[] Headings = ["name", "next due", "empty", "app", "reason"];

    private static readonly string[][] Rows =
    [
        ["archive-orders", "in 37 s (05:43:00)", "–", "shop", "the run before it is not finished"],
        ["pay", "3 d 2 h ago (2026-11-18 02:00:00)", "", "shop", ""],
    ];

    [Fact]
    public void Of_RoomForAll_KeepsAll()
    {
        TableLayout layout = TableLayout.Of(Headings, Rows, ["app"], 200);
        layout.Headings.ShouldBe(["NAME", "NEXT DUE", "EMPTY", "APP", "REASON"]);
        layout.Rows.ShouldBe(Rows);
        layout.Spared.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(80, "NAME NEXT DUE EMPTY APP REASON", "")]
    [InlineData(70, "NAME NEXT DUE APP REASON", "")]
    [InlineData(65, "NAME NEXT DUE REASON", "app")]
    public void Of_LittleRoom_GivesUpWhatMattersLeast(int room, string headings, string spared)
    {
        TableLayout layout = TableLayout.Of(Headings, Rows, ["app"], room);
        string.Join(' ', layout.Headings).ShouldBe(headings);
        string.Join(' ', layout.Spared).ShouldBe(spared);
        layout.Rows[0][0].ShouldBe("archive-orders");
        layout.Rows[0][^1].ShouldBe("the run before it is not finished");
        (layout.WrapAt, layout.LastBelow).ShouldBe((0, false));
    }

    [Theory]
    [InlineData(60, 31, false)]
    [InlineData(40, 0, true)]
    public void Of_NoRoomForTheLastColumn_WrapsItOrPutsItBelow(int room, int wrapAt, bool below)
    {
        TableLayout layout = TableLayout.Of(Headings, Rows, ["app"], room);
        (layout.WrapAt, layout.LastBelow).ShouldBe((wrapAt, below));
    }

    [Fact]
    public void Wrap_LongText_BreaksAtBlanksAndLosesNothing()
    {
        TableLayout.Wrap("the run before it is not finished", 12).ShouldBe(["the run", "before it is", "not finished"]);
        TableLayout.Wrap("averyverylongword a", 5).ShouldBe(["averyverylongword", "a"]);
    }
}
