"""The boxes of a picture's texts, by the widths of the site's fonts."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

from posture.drawing import text

Font = tuple[float, str]
"""Size in pixels and weight."""


class Box(NamedTuple):
    """Where a text is."""

    left: float
    top: float
    right: float
    bottom: float
    words: str


def texts(drawn: str, fonts: Mapping[str, Font], default: Font = (13, text.REGULAR)) -> list[Box]:
    """Return the box of each text; `fonts` names the font of each class."""
    root = ET.fromstring(drawn)  # noqa: S314 - our own markup
    return [_box(one, fonts, default) for one in root.iter("text")]


def _box(one: ET.Element, fonts: Mapping[str, Font], default: Font) -> Box:
    words = "".join(one.itertext())
    classes = (one.get("class") or "").split()
    size, weight = next((fonts[name] for name in classes if name in fonts), default)
    wide = text.width(words, size, weight) + sum(float(part.get("dx", 0)) for part in one)
    x, y = float(one.get("x", 0)), float(one.get("y", 0))
    left = x - {"middle": wide / 2, "end": wide}.get(one.get("text-anchor", ""), 0)
    return Box(left, y - size * 0.74, left + wide, y + size * 0.2, words)


def overlapping(boxes: list[Box]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of texts that touch each other."""
    for one, other in combinations(boxes, 2):
        if one.left < other.right and other.left < one.right and one.top < other.bottom and other.top < one.bottom:
            yield one.words, other.words
