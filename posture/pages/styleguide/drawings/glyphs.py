"""What a practice is about, in a few lines."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import glyphs
from posture.drawing.glyphs import GlyphCount, GlyphShare
from posture.drawing.marks import StateMark
from posture.pages.styleguide.drawings import HOSTILE, LONG_NAME, Example


def examples() -> Sequence[Example]:
    """Return each form in full and small."""
    shares = [
        GlyphShare("Volumes", 12, 4, 2, "#"),
        GlyphShare(LONG_NAME, 900, 1, 0, "#"),
        GlyphShare(HOSTILE, 0, 0, 3, "#"),
    ]
    kinds = ("critical", "high", "medium", "low", "pass", "unknown", "late", "early", "zero")
    counts = [
        GlyphCount(kind, 0 if kind == "zero" else 3 * at + 1, kind, "#", is_late=kind == "late")
        for at, kind in enumerate(kinds)
    ]
    steps = [(one, str(one), "#") for one in StateMark] * 3
    found: list[Example] = []
    for words, is_small in (("in full", False), ("small", True)):
        found += [
            (f"Shares, {words}.", glyphs.shares(shares, f"Shares {words}", mini=is_small)),
            (f"Columns, {words}.", glyphs.columns(shares, f"Columns {words}", mini=is_small)),
            (f"Counts, {words}.", glyphs.counts(counts, f"Counts {words}", mini=is_small)),
            (f"Histogram, {words}.", glyphs.histogram(counts, f"Histogram {words}", mini=is_small)),
            (f"Squares, {words}.", glyphs.squares(shares[0], f"Squares {words}", mini=is_small)),
            (f"Steps, {words}.", glyphs.steps(steps, f"Steps {words}", "3 of 15", mini=is_small)),
        ]
    return found
