"""Measure and shorten text in the site's fonts, so that labels do not overlap.

`widths.json` holds the advance widths of Plex Sans at three weights, in thousandths of the font size, as read from the
font file. Characters that the file lacks count as wide as an `m`, which errs on too wide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

REGULAR, MEDIUM, LIGHT, MONO = "400", "500", "300", "mono"
ELLIPSIS = "…"
MONO_WIDTH = 600
"""Thousandths of the font size: every character of Plex Mono."""
_BREAK = re.compile(r"(?<=[-_/ .])")


@cache
def _widths() -> Mapping[str, Mapping[str, int]]:
    tables: dict[str, dict[str, int]] = json.loads(Path(__file__).with_name("widths.json").read_text(encoding="utf-8"))
    return tables


def width(words: str, size: float, weight: str = REGULAR) -> float:
    """Return the width of a line of text in pixels at a font size in pixels."""
    if weight == MONO:
        return len(words) * MONO_WIDTH * size / 1000
    table = _widths()[weight]
    wide = table["m"]
    return sum(table.get(letter, wide) for letter in words) * size / 1000


def cut(words: str, limit: float, size: float, weight: str = REGULAR) -> str:
    """Return the text, cut with an ellipsis to `limit` pixels; "" if nothing fits."""
    if width(words, size, weight) <= limit:
        return words
    room = limit - width(ELLIPSIS, size, weight)
    used, kept = 0.0, 0
    for letter in words:
        used += width(letter, size, weight)
        if used > room:
            break
        kept += 1
    shortened = words[:kept].rstrip(" -_./·,")
    return f"{shortened}{ELLIPSIS}" if shortened else ""


def wrap(words: str, limit: float, lines: int, size: float, weight: str = REGULAR) -> Sequence[str]:
    """Return the text in at most `lines` lines no wider than `limit` pixels.

    It is broken at spaces, hyphens, dots and slashes.

    Empty where it does not fit; nothing is cut.
    """
    found = [""]
    for part in _BREAK.split(words):
        if width((found[-1] + part).rstrip(), size, weight) <= limit:
            found[-1] += part
        elif width(part.rstrip(), size, weight) <= limit and len(found) < lines:
            found.append(part)
        else:
            return ()
    return tuple(line.rstrip() for line in found if line)
