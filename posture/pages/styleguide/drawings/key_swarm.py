"""Access keys by age, left and right of the limit."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import key_swarm
from posture.drawing.key_swarm import SwarmKey
from posture.pages.styleguide.drawings import HOSTILE, Example


def examples() -> Sequence[Example]:
    """Return few keys as discs, root's among them, and many as columns."""
    few = [SwarmKey(12, "ci", url="#"), SwarmKey(80, HOSTILE, url="#"), SwarmKey(300, "etl", url="#"),
           SwarmKey(1400, "root of loyalty-legacy", is_root=True, url="#")]  # fmt: skip
    many = [SwarmKey(days * 5.0, f"key-{days}") for days in range(120)]
    return [
        ("A disc is one key; root's is named.", key_swarm.draw(few, 90, "Keys by age")),
        ("Many are counted by month.", key_swarm.draw(many, 90, "Many keys by age")),
    ]
