"""Coverage of many accounts by region."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import heatmap
from posture.drawing.heatmap import HeatBand, HeatBlock, HeatGroup, HeatState
from posture.pages.styleguide.drawings import HOSTILE, LONG_NAME, Example


def examples() -> Sequence[Example]:
    """Return two units over six regions with every state, wide and narrow."""
    every = [*HeatState]
    groups = [
        HeatGroup([every[(at + turn) % len(every)] for at in range(6)], 5 + 40 * turn, f"{5 + 40 * turn} alike", "#")
        for turn in range(4)
    ]
    one = HeatGroup(every, 1, LONG_NAME, "#", columns=[(HOSTILE, "#")])
    blocks = [HeatBlock("Production", "4 of 6 regions", "#", groups), HeatBlock(LONG_NAME, "1 account", "#", [one])]
    bands = [HeatBand("Europe", [0, 1, 2]), HeatBand("Americas", [3, 4]), HeatBand("Asia", [5])]
    return [
        ("A column is an account, a row a region.", heatmap.draw(blocks, bands, "Coverage")),
        ("On a phone.", heatmap.draw(blocks, bands, "Coverage, narrow", 324.0)),
    ]
