"""Named bars."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import bars
from posture.drawing.bars import Bar, BarPart
from posture.pages.styleguide.drawings import HOSTILE, LONG_NAME, Example


def examples() -> Sequence[Example]:
    """Return bars of each fill, with a hatched part, and with a choice."""
    kinds = ("bar", "critical", "high", "medium", "low", "pass", "fail", "ink", "brass")
    rows = [
        Bar(kind, [BarPart(10 - at, kind), BarPart(2, is_hatched=True)], f"{10 - at}", "#")
        for at, kind in enumerate(kinds)
    ]
    odd = [Bar(LONG_NAME, [BarPart(1200)], "1,200", "#", LONG_NAME), Bar(HOSTILE, [BarPart(3, "critical")], "3")]
    chosen = [Bar(row.name, row.parts, row.figure, "#", is_selected=row.name == "high") for row in rows[:4]]
    return [
        ("One fill for each meaning; hatched what could not be seen.", bars.draw(rows, "Bars of each fill")),
        ("Long and hostile names are cut and stay text.", bars.draw(odd, "Odd names")),
        ("One is chosen.", bars.draw(chosen, "A choice among bars", marks_selected=True)),
        ("Nothing.", bars.draw([], "No bars")),
    ]
