"""Draw how far the workloads of each namespace get, and what is enforced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from django.utils.safestring import SafeString

from posture.drawing import svg, text

WIDE, NARROW = 1118.0, 322.0
HEAD, ROW, NARROW_ROW = 30.0, 40.0, 78.0
SIZE, PITCH, SQUARES_MAX = 14.0, 18.0, 7
NAME_WIDTH, ENFORCED, CAUSE = 112.0, 118.0, 668.0
ZONES = (232.0, 372.0, 512.0)
"""Where the workloads begin that meet restricted, baseline and neither."""
LOOKS = ("restricted", "baseline", "neither")


class Enforced(IntEnum):
    """The level to which a namespace's label holds its pods."""

    NOTHING = 0
    BASELINE = 1
    RESTRICTED = 2


@dataclass(frozen=True, slots=True)
class LevelRow:
    """A namespace, with its workloads by the highest level that they reach."""

    name: str
    counts: tuple[int, int, int] = (0, 0, 0)
    """That reach restricted, baseline and neither."""
    enforced: Enforced | None = Enforced.NOTHING
    """None where it is not known."""
    cause: str = ""
    pods: str = ""
    url: str = ""
    zone_urls: tuple[str, str, str] = ("", "", "")
    is_unseen: bool = False
    """Whether its workloads could not be listed."""
    is_own: bool = False
    """Whether Kubernetes and add-ons run in it: known, and not counted."""

    @property
    def enforced_words(self) -> str:
        """What its label enforces."""
        return "not known" if self.enforced is None else self.enforced.name.lower()


def draw(rows: Sequence[LevelRow], label: str) -> SafeString:
    """Return the picture for a wide page."""
    heads = [
        svg.text(0, 12, "Namespace", "pl-axis"),
        svg.text(ENFORCED, 12, "Enforced", "pl-axis"),
        *(svg.text(x, 12, words, "pl-axis") for x, words in zip(ZONES, _heads(rows), strict=True)),
        svg.text(CAUSE, 12, "Controls not met", "pl-axis"),
        svg.text(WIDE, 12, "Pods", "pl-axis", "end"),
        svg.line(0, HEAD - 8.5, WIDE, HEAD - 8.5, "pl-grid"),
    ]
    drawn = [part for at, row in enumerate(rows) for part in _row(row, HEAD - 8 + at * ROW)]
    return svg.picture(WIDE, HEAD - 8 + len(rows) * ROW + 1, label, *heads, *drawn, class_="pl-cluster")


def draw_narrow(rows: Sequence[LevelRow], label: str) -> SafeString:
    """Return the picture for a phone: each namespace in three lines."""
    drawn = [part for at, row in enumerate(rows) for part in _narrow_row(row, at * NARROW_ROW)]
    return svg.picture(NARROW, len(rows) * NARROW_ROW + 1, label, *drawn, class_="pl-cluster")


def _heads(rows: Sequence[LevelRow]) -> Iterator[str]:
    own = [row for row in rows if not row.is_own]
    for at, words in enumerate(("Meets restricted", "Meets baseline", "Meets neither")):
        yield f"{words} · {sum(row.counts[at] for row in own):,}"


def _row(row: LevelRow, y: float) -> Iterator[SafeString]:
    middle = y + ROW / 2
    if row.is_own:
        yield svg.rect(0, y + 1, WIDE, ROW - 1, "pl-cluster-own")
    yield svg.line(0, y + ROW, WIDE, y + ROW, "pl-grid")
    indent = 8.0 if row.is_own else 0.0
    name = svg.text(indent, middle + 4, text.cut(row.name, NAME_WIDTH - indent, 13, text.MEDIUM), "pl-cluster-space")
    yield svg.link(row.url, _words(row), name, class_="pl-cluster-link")
    yield svg.text(ENFORCED, middle + 4, row.enforced_words, _enforced_look(row))
    if row.is_unseen:
        yield svg.rect(ZONES[0] + 0.5, middle - 7.5, ZONES[2] + 140 - ZONES[0], 15, "pl-marks-edge")
        yield svg.hatch(ZONES[0] + 1, middle - 7, ZONES[2] + 139 - ZONES[0], 14)
    else:
        for at, x in enumerate(ZONES):
            yield _zone(row, at, x, middle)
        yield from _wall(row, middle)
    yield svg.text(CAUSE, middle + 4, text.cut(row.cause, WIDE - CAUSE - 60, 12), "pl-cluster-cause")
    yield svg.text(WIDE - indent, middle + 4, row.pods, "pl-cluster-count", "end")


def _narrow_row(row: LevelRow, y: float) -> Iterator[SafeString]:
    if row.is_own:
        yield svg.rect(0, y + 1, NARROW, NARROW_ROW - 1, "pl-cluster-own")
    yield svg.line(0, y + NARROW_ROW, NARROW, y + NARROW_ROW, "pl-grid")
    name = svg.text(4, y + 20, text.cut(row.name, 170, 13, text.MEDIUM), "pl-cluster-space")
    yield svg.link(row.url, _words(row), name, class_="pl-cluster-link")
    yield svg.text(NARROW - 4, y + 20, f"enforced: {row.enforced_words}", _enforced_look(row), "end")
    if row.is_unseen:
        yield svg.hatch(4, y + 30, NARROW - 8, 14)
    else:
        x = 4.0
        for at, count in enumerate(row.counts):
            if count:
                yield _zone(row, at, x, y + 37, 4)
                x += min(count, 4) * PITCH + (30 if count > 4 else 10)  # noqa: PLR2004 - squares
    yield svg.text(4, y + 64, text.cut(row.cause, NARROW - 8, 12), "pl-cluster-cause")


def _zone(row: LevelRow, at: int, x: float, middle: float, most: int = SQUARES_MAX) -> SafeString:
    count, look = row.counts[at], f"pl-cluster-{'known' if row.is_own else LOOKS[at]}"
    if not count:
        return SafeString("")
    if count > most:
        shapes = [
            svg.rect(x + 0.5, middle - SIZE / 2 + 0.5, (most - 2) * PITCH - 5, SIZE - 1, look),
            svg.text(x + (most - 2) * PITCH + 2, middle + 4, f"{count:,}", "pl-cluster-count"),
        ]
    else:
        shapes = [
            svg.rect(x + each * PITCH + 0.5, middle - SIZE / 2 + 0.5, SIZE - 1, SIZE - 1, look) for each in range(count)
        ]
    return svg.link(row.zone_urls[at], f"{row.name}: {_count_words(row, at)}", *shapes, class_="pl-cluster-link")


def _wall(row: LevelRow, middle: float) -> Iterator[SafeString]:
    """Yield the bar past which the namespace's label lets nothing."""
    if row.enforced not in (Enforced.BASELINE, Enforced.RESTRICTED):
        return
    zone = 2 if row.enforced is Enforced.BASELINE else 1
    x = ZONES[zone] - 12
    yield svg.rect(x, middle - 13, 3, 26, "pl-cluster-wall")
    if not any(row.counts[zone:]):
        yield svg.text(x + 14, middle + 4, "rejected on admission", "pl-cluster-detail")


def _enforced_look(row: LevelRow) -> str:
    is_bad = row.enforced is Enforced.NOTHING and not row.is_own
    return "pl-cluster-bad" if is_bad else "pl-cluster-cause"


def _count_words(row: LevelRow, at: int) -> str:
    count = row.counts[at]
    noun = "workload" if count == 1 else "workloads"
    verb = "meets" if count == 1 else "meet"
    return f"{count:,} {noun} {verb} {('restricted', 'baseline', 'neither level')[at]}"


def _words(row: LevelRow) -> str:
    if row.is_unseen:
        return f"{row.name}: workloads could not be read"
    counts = [_count_words(row, at) for at, count in enumerate(row.counts) if count]
    return f"{row.name}: {', '.join(counts) or 'no workloads'}; enforced: {row.enforced_words}"
