"""Doors that face the internet."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import doors
from posture.drawing.doors import (
    DoorCell,
    DoorColumn,
    DoorGroup,
    DoorLook,
    DoorMark,
    DoorRow,
    StateColumn,
    StateCount,
)
from posture.pages.styleguide.drawings import HOSTILE, LONG_NAME, Example

COLUMNS = [DoorColumn(("load", "balancers")), DoorColumn(("APIs",)), DoorColumn(("buckets",))]


def _cell(*looks: DoorLook, count: int = 0, is_counted: bool = False) -> DoorCell:
    marks = [DoorMark(look, look.value, "#") for look in looks]
    return DoorCell(marks, count or len(marks), "#", "all", is_counted)


def examples() -> Sequence[Example]:
    """Return doors by account, by unit, and by state for a phone."""
    every = _cell(DoorLook.OPEN, DoorLook.AJAR, DoorLook.SHUT)
    more = _cell(DoorLook.OPEN, DoorLook.AJAR, count=11)
    rows = [
        DoorRow("clinic-records-prod", [every, _cell(DoorLook.UNSEEN), DoorCell()], "#", "confidential", "#", True),
        DoorRow(LONG_NAME, [more, _cell(DoorLook.SHUT), DoorCell()], "#", "internal"),
        DoorRow(HOSTILE, [DoorCell(), _cell(DoorLook.UNSEEN), DoorCell()], "#", "restricted", "#", True, True),
    ]
    units = [DoorRow("Clinics", [_cell(DoorLook.OPEN, count=4120, is_counted=True), DoorCell(), DoorCell()], "#")]
    states = [StateColumn("lets anyone in", DoorLook.OPEN), StateColumn("as meant", DoorLook.SHUT)]
    return [
        ("A kind that nobody has keeps its column.", doors.draw(COLUMNS, [DoorGroup("Clinics", rows, "#")], "Doors")),
        ("By unit, with numbers.", doors.draw(COLUMNS, [DoorGroup("", units)], "Doors by unit")),
        (
            "On a phone.",
            doors.draw_narrow(states, [(LONG_NAME, "#", [StateCount(3, "#"), StateCount()])], "Doors, narrow"),
        ),
    ]
