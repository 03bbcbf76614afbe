"""Pictures of entry points: nothing overlaps, parts add up, names stay text."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import date, timedelta

import pytest

from posture.drawing import doors, expiry, guards, text
from posture.drawing.doors import DoorCell, DoorColumn, DoorGroup, DoorLook, DoorMark, DoorRow
from posture.drawing.expiry import Expiry
from posture.drawing.guards import GuardBar, GuardPart
from posture.pages.styleguide.drawings import doors as door_examples
from posture.pages.styleguide.drawings import expiry as expiry_examples
from posture.pages.styleguide.drawings import guards as guard_examples
from posture.pages.styleguide.drawings import properties as property_examples
from tests.drawing import boxes

FONTS = {
    "pl-axis": (12.0, text.REGULAR), "pl-doors-more": (12.0, text.REGULAR), "pl-guards-name": (12.0, text.REGULAR),
    "pl-expiry-name": (12.0, text.REGULAR),
    "pl-properties-failed": (12.0, text.REGULAR), "pl-doors-kind": (11.0, text.REGULAR),
    "pl-doors-internet": (13.0, text.MEDIUM),
}  # fmt: skip
TODAY, LIMIT = date(2026, 12, 1), timedelta(days=30)


@pytest.mark.parametrize(
    "drawn",
    [one for part in (door_examples, guard_examples, expiry_examples, property_examples) for _, one in part.examples()],
)
def test_no_text_touches_another_or_leaves_its_picture(drawn: str) -> None:
    found = boxes.texts(drawn, FONTS)
    width = float(ET.fromstring(drawn).get("width", 0))  # noqa: S314 - our own markup
    assert list(boxes.overlapping(found)) == []
    assert [one.words for one in found if one.left < -0.5 or one.right > width + 0.5] == []
    assert "<script" not in drawn


def test_the_line_of_a_kind_ends_at_its_last_door() -> None:
    columns = [DoorColumn(("APIs",)), DoorColumn(("buckets",))]
    mark = DoorMark(DoorLook.SHUT, "one")
    rows = [DoorRow("a", [DoorCell([mark], 1), DoorCell()]), DoorRow("b", [DoorCell(), DoorCell()])]
    drawn = doors.draw(columns, [DoorGroup("", rows)], "Doors")
    lines = re.findall(r'<line x1="[\d.]+" y1="[\d.]+" x2="[\d.]+" y2="([\d.]+)" class="pl-doors-line"', drawn)
    assert [float(one) for one in lines] == [doors.BEAM + 8, doors.HEAD + doors.ROW / 2]
    assert drawn.count("pl-doors-unused") == 1


def test_states_differ_without_colour() -> None:
    shapes = {look: "".join(doors.door(look, 0, 0)) for look in DoorLook}
    plain = {look: re.sub(r' class="[^"]*"', "", shape) for look, shape in shapes.items()}
    assert len(set(plain.values())) == len(DoorLook)


@pytest.mark.parametrize("counts", [(1,), (9000, 1), (1, 1, 1, 1, 1, 1), (3, 500, 2)])
def test_parts_of_a_guard_fill_the_bar(counts: tuple[int, ...]) -> None:
    looks = ("yes", "old", "no", "accepted", "unseen", "none")
    drawn = guards.draw(
        [GuardBar("x", "", [GuardPart(look, n, look) for look, n in zip(looks, counts, strict=False)])], "x"
    )
    wide = [float(one) for one in re.findall(r'width="([\d.]+)" height="1[01]" class="pl-guards', drawn)]
    assert len(wide) == len(counts)
    assert min(wide) >= guards.PART_MIN - 1.1
    assert sum(wide) + guards.GAP * (len(wide) - 1) == pytest.approx(guards.WIDTH, abs=1.5)


def test_no_certificate_crosses_the_limit() -> None:
    line = expiry._x(TODAY + LIMIT, TODAY)
    for days in range(-10, 400):
        one = Expiry("x", TODAY + timedelta(days=days), True, days <= 30)
        x = expiry._column(one, TODAY, line) * expiry.PITCH
        assert x + expiry.MARK <= line if one.is_due else x >= line


def test_many_certificates_become_bars_that_count_them() -> None:
    many = [Expiry(f"c-{n}", TODAY + timedelta(days=40 + n % 300), n % 2 == 0, False) for n in range(400)]
    drawn = expiry.draw(many, TODAY, LIMIT, "x", "/all")
    counts = [int(one) for one in re.findall(r"<title>(\d+) end from", drawn)]
    assert sum(counts) == 400
    assert "<circle" not in drawn
