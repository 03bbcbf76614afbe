"""Draw the number of accounts with a gap, day by day, as hatched steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.safestring import SafeString

from posture.drawing import svg

TOP, HEIGHT, AXIS = 20.0, 56.0, 22.0


def draw(counts: Sequence[int], label: str, ends: tuple[str, str], words: str, width: float = 480.0) -> SafeString:
    """Return the steps of one count a day, oldest first; `words` names the highest."""
    most, step = max(counts, default=0), width / max(1, len(counts))
    bottom = TOP + HEIGHT
    parts = [svg.line(0, bottom, width, bottom, "pl-drift-base")]
    for first, last, count in _runs(counts):
        high = HEIGHT * count / most
        x, wide = first * step, (last - first) * step
        parts += [
            svg.rect(x, bottom - high, wide, high, "pl-gap-history"),
            svg.hatch(x, bottom - high, wide, high),
        ]
    parts += [
        svg.text(0, TOP - 7, words, "pl-axis"),
        svg.text(0, bottom + 16, ends[0], "pl-axis"),
        svg.text(width, bottom + 16, ends[1], "pl-axis", "end"),
    ]
    return svg.picture(width, bottom + AXIS, label, *parts)


def _runs(counts: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Yield first day, day after the last and count of each run of equal days."""
    start = 0
    for index in range(1, len(counts) + 1):
        if index == len(counts) or counts[index] != counts[start]:
            if counts[start]:
                yield start, index, counts[start]
            start = index
