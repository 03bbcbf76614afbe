"""Coverage of many accounts by region."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import heatmap
from posture.drawing.heatmap import Band, Block, Group, State
from posture.pages.styleguide.drawings import HOSTILE, LONG, Example


def examples() -> Sequence[Example]:
    """Return two units over six regions with every state, wide and narrow."""
    every = [*State]
    groups = [
        Group([every[(at + turn) % len(every)] for at in range(6)], 5 + 40 * turn, f"{5 + 40 * turn} alike", "#")
        for turn in range(4)
    ]
    one = Group(every, 1, LONG, "#", columns=[(HOSTILE, "#")])
    blocks = [Block("Production", "4 of 6 regions", "#", groups), Block(LONG, "1 account", "#", [one])]
    bands = [Band("Europe", [0, 1, 2]), Band("Americas", [3, 4]), Band("Asia", [5])]
    return [
        ("A column is an account, a row a region.", heatmap.draw(blocks, bands, "Coverage")),
        ("On a phone.", heatmap.draw(blocks, bands, "Coverage, narrow", 324.0)),
    ]
