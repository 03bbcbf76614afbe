"""The picture of an Outpost holds no text over text.

Hatches what is not reported instead of guessing it.
"""

from __future__ import annotations

import dataclasses
import xml.etree.ElementTree as ET

import pytest

from posture.drawing import rack
from posture.drawing.rack import (
    Account,
    Asset,
    CapacityFamily,
    Links,
    LinkState,
    RackDrawing,
    RackLine,
    Route,
    Volumes,
    layout,
)
from tests.drawing.boxes import overlapping, texts
from tests.drawing.test_drawing import HOSTILE

FONTS = {**layout.FONTS, "pl-rack-wrong-small": layout.FONTS["pl-rack-kind"]}


def clinic(name: str = "m5") -> RackDrawing:
    """Return an Outpost with hosts, a spare, a link down and one not reported."""
    hosts = [Asset(f"h-{n}", f"{name} host {n}", "compute", 30 + 2 * n, 2, 12, 3 * n) for n in range(4)]
    other = [
        Asset("d-1", f"{name} device 1", "network", 40, 1, 0),
        Asset("big", f"{name} big", "compute", 24, 2, 48, 13),
        Asset("odd", f"{name} unread", "compute", 20, 2, None),
        Asset("gone", f"{name} host 9", "compute", 16, 2, 6, 0, f"retiring {name}"),
        Asset("small", f"{name} small", "compute", 15, 1, 4, 1, "isolated"),
        Asset("spare", f"{name} spare", "compute", None, 2, 12),
        Asset("spare-2", f"{name} storage 3", "storage", None),
    ]
    families = [
        CapacityFamily(f"{name}.large", 48, 18, "any one host can fail", hosts=[host.key for host in hosts]),
        CapacityFamily(f"{name}.xlarge", 48, 13, hosts=["big"]),
        CapacityFamily(f"{name}.2xlarge", 6, 7, "1 more than there are slots", is_wrong=True, hosts=["gone"]),
        CapacityFamily(f"{name}.metal", 400, 101),
    ]
    lines = [
        RackLine(f"LAG {name}", LinkState.UP, "available"),
        RackLine("LAG 2", LinkState.DOWN, f"down, {name}"),
        RackLine("LAG 3", LinkState.UNKNOWN, "connection not reported"),
    ]
    return RackDrawing(
        "Rack of 42 units", f"10 kVA, {name}", [*hosts, *other], families=families,
        volumes=Volumes("8.2 TB in 14 volumes", 0.1, 0.2, [f"2 of 14 not encrypted, {name}"]),
        accounts=[Account(f"{name} account {n}", 9 - n) for n in range(9)],
        links=[Links("Service link", f"Connected {name}", "eu-central-1", "in eu-central-1a", lines),
               Links("Local gateway", name, "own network", "AS 65010", none="Its interfaces could not be read.",
                     is_unread=True)],
        routes=[Route(f"10.{n}.0.0/16", f"by {name}", is_wrong=n == 1) for n in range(9)],
        site=[f"{name} hospital", "Klinikweg 4", "20246", "Hamburg", "DE"],
    )  # fmt: skip


PICTURES = {
    "much": clinic(),
    "long names": clinic("a-name-that-nobody-can-remember-" * 4),
    "hostile": clinic(HOSTILE),
    "nothing": RackDrawing("Rack of 42 units", "power not reported"),
    "not the owner's": RackDrawing(
        "Rack of 42 units", "", unread="AWS shows it to the owner only.", room_unread="Not shown."
    ),
    "full": RackDrawing("Rack", "", [Asset(f"a{n}", f"host {n}", "compute", n, 1, 12, 12) for n in range(1, 43)]),
}


@pytest.mark.parametrize("name", PICTURES)
def test_no_text_touches_another_or_the_edge(name: str) -> None:
    boxes = texts(rack.draw(PICTURES[name], "x"), FONTS)
    assert not list(overlapping(boxes))
    assert [box.words for box in boxes if box.left < 0 or box.right > layout.WIDTH] == []


@pytest.mark.parametrize("name", PICTURES)
def test_it_stays_within_its_picture(name: str) -> None:
    drawn = ET.fromstring(rack.draw(PICTURES[name], "x"))  # noqa: S314 - our own markup
    height = float(drawn.get("height", 0))
    for one in drawn.iter("rect"):
        assert float(one.get("y", 0)) + float(one.get("height", 0)) <= height
    assert all(float(one.get("y", 0)) <= height for one in drawn.iter("text"))


def test_no_text_of_the_rack_runs_into_a_slot() -> None:
    for name in ("much", "long names"):
        drawn = rack.draw(PICTURES[name], "x")
        left = min(
            float(one.get("x", 0))
            for one in ET.fromstring(drawn).iter("rect")  # noqa: S314 - our own markup
            if one.get("class") in {"pl-rack-taken", "pl-rack-free"} and float(one.get("x", 0)) < layout.RACK_END
        )
        hosts = [
            box for box in texts(drawn, FONTS) if layout.INNER < box.left < layout.INNER + 12 and "host" in box.words
        ]
        assert all(box.right <= left for box in hosts)


def test_hostile_names_stay_text() -> None:
    drawn = rack.draw(PICTURES["hostile"], HOSTILE)
    assert "<script" not in drawn
    assert "\x00" not in drawn
    assert "style=" not in drawn


def test_an_asset_is_at_its_unit_counted_from_the_floor() -> None:
    one = RackDrawing("Rack", "", [Asset("a", "host 1", "compute", 1, 2, 0), Asset("b", "host 2", "compute", 41, 2, 0)])
    boxes = [
        (float(each.get("y", 0)), float(each.get("height", 0)))
        for each in ET.fromstring(rack.draw(one, "x")).iter("rect")  # noqa: S314 - our own markup
        if (each.get("class") or "").startswith("pl-rack-asset")
    ]
    assert boxes == [(layout.TOP + 40 * layout.UNIT + 0.5, 29), (layout.TOP + 0.5, 29)]


def test_what_is_not_reported_is_hatched_and_nothing_else() -> None:
    def is_hatched(**changes: object) -> bool:
        plain = RackDrawing(
            "Rack", "", [Asset("a", "host 1", "compute", 3, 2, 4, 1)], families=[CapacityFamily("m5.large", 4, 1)]
        )
        return "pl-hatch" in rack.draw(dataclasses.replace(plain, **changes), "x")  # type: ignore[arg-type]

    assert not is_hatched()
    assert is_hatched(assets=[Asset("a", "host 1", "compute", 3, 2, None)])
    assert is_hatched(assets=[Asset("a", "host 1", "compute", None, 2, 4)])
    assert is_hatched(unread="Not shown")
    assert is_hatched(room_unread="Not shown")
    assert is_hatched(
        links=[Links("Service link", "", "x", "", [RackLine("LAG 1", LinkState.UNKNOWN, "not reported")])]
    )
    assert not is_hatched(links=[Links("Service link", "", "x", "", [RackLine("LAG 1", LinkState.DOWN, "down")])])


def test_slots_are_filled_where_taken() -> None:
    one = RackDrawing(
        "Rack", "", [Asset("a", "host 1", "compute", 3, 2, 4, 1)], families=[CapacityFamily("m5.large", 4, 1)]
    )
    drawn = rack.draw(one, "x")
    assert drawn.count('class="pl-rack-taken"') == 2
    assert drawn.count('class="pl-rack-free"') == 6
