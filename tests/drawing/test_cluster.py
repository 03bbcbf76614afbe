"""Pictures of a cluster: what is counted, hatched and escaped."""

from __future__ import annotations

from posture.drawing import cluster
from posture.drawing.cluster import ChainRow, PowerGroup, crossings, levels
from posture.drawing.cluster.boxes import Arrow, NodeBox
from posture.drawing.cluster.crossings import Crossing, Unseen
from posture.drawing.cluster.levels import Enforced, LevelRow
from posture.drawing.svg import HATCH

HOSTILE = '"><script>alert(1)</script>'


def chain(arrow: Arrow, *, is_unseen: bool = False) -> ChainRow:
    return ChainRow(NodeBox(HOSTILE, HOSTILE, is_unseen=is_unseen), NodeBox("b"), NodeBox("r"), arrow, HOSTILE)


def test_there_is_a_square_for_each_workload_up_to_seven() -> None:
    few = levels.draw([LevelRow("shop", (0, 0, 7))], "Levels")
    assert few.count('class="pl-cluster-neither"') == 7
    many = levels.draw([LevelRow("shop", (0, 0, 8))], "Levels")
    assert many.count('class="pl-cluster-neither"') == 1
    assert ">8<" in many


def test_what_a_label_refuses_is_beyond_a_wall() -> None:
    assert "rejected on admission" in levels.draw([LevelRow("a", (1, 0, 0), Enforced.BASELINE)], "Levels")
    running = levels.draw([LevelRow("a", (0, 0, 1), Enforced.BASELINE)], "Levels")
    assert "pl-cluster-wall" in running
    assert "rejected on admission" not in running, "pods that ran before the label still run"
    assert "pl-cluster-wall" not in levels.draw([LevelRow("a", (1, 0, 0), Enforced.NOTHING)], "Levels")


def test_only_what_could_not_be_read_is_hatched() -> None:
    assert HATCH not in levels.draw([LevelRow("a", (1, 2, 3))], "Levels")
    for draw in (levels.draw, levels.draw_narrow):
        assert HATCH in draw([LevelRow("a", is_unseen=True)], "Levels")
    for draw_chains in (cluster.draw, cluster.draw_narrow):
        assert HATCH in draw_chains([PowerGroup("p", "", [chain(Arrow.HARMLESS, is_unseen=True)])], "Powers")
        assert HATCH not in draw_chains([PowerGroup("p", "", [chain(Arrow.HAS)])], "Powers")


def test_ways_that_were_not_read_are_never_none() -> None:
    for draw in (crossings.draw, crossings.draw_narrow):
        unread = draw("c", [], [], "Crossings", Unseen(into=False, out=True))
        assert unread.count(HATCH) == 1
        assert unread.count(">none<") == 1
        assert HATCH not in draw("c", [], [], "Crossings")


def test_arrows_differ_by_shape() -> None:
    drawn = {arrow: cluster.draw([PowerGroup("p", "", [chain(arrow)])], "Powers") for arrow in Arrow}
    assert "pl-cluster-hollow" in drawn[Arrow.TAKES]
    assert "pl-cluster-diamond" in drawn[Arrow.TAKES]
    assert "pl-cluster-hollow" not in drawn[Arrow.HAS]
    assert "pl-cluster-head" in drawn[Arrow.HAS]
    assert 'class="pl-cluster-has"' not in drawn[Arrow.HARMLESS]


def test_names_are_escaped_and_nothing_is_styled_inline() -> None:
    row = LevelRow(HOSTILE, (1, 1, 1), cause=HOSTILE, pods=HOSTILE)
    way = Crossing(NodeBox(HOSTILE, HOSTILE), HOSTILE, HOSTILE)
    group = PowerGroup(HOSTILE, HOSTILE, [chain(Arrow.TAKES)], [(HOSTILE, True)], is_critical=True)
    drawn = [
        levels.draw([row], HOSTILE),
        levels.draw_narrow([row], HOSTILE),
        cluster.draw([group], HOSTILE),
        cluster.draw_narrow([group], HOSTILE),
        crossings.draw(HOSTILE, [way], [way], HOSTILE),
        crossings.draw_narrow(HOSTILE, [way], [way], HOSTILE),
    ]
    for one in drawn:
        assert "<script" not in one
        assert "style=" not in one
