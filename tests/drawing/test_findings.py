"""A finding through time and a check's tally.

Nothing overlaps, nothing leaves the picture, hostile text is text.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from posture.drawing import spans, tally, text
from posture.drawing.spans import Span

START = datetime(2026, 8, 31, tzinfo=UTC)
HOSTILE = "</text><script>alert(1)</script>"


def story(random: Random, length: int) -> list[Span]:
    """Return spans without holes, each of some kind."""
    found, at = [], START
    for number in range(length):
        until = at + timedelta(hours=random.randint(1, 2000))
        kind = random.choice(["ok", "critical", "low", "unseen", "gone"])
        found.append(Span(kind, at, until, f"State {number}", random.choice(["", "since 31 August", "1 day"])))
        at = until
    return found


@pytest.mark.parametrize("width", [spans.WIDE, spans.NARROW])
@pytest.mark.parametrize("seed", range(12))
def test_labels_do_not_run_into_each_other_or_out_of_the_picture(seed: int, width: float) -> None:
    random = Random(seed)  # noqa: S311 - a story
    found = story(random, random.randint(1, 14))
    now = found[-1].until
    due = random.choice([None, now + timedelta(days=9), now - timedelta(days=9)])
    drawn = spans.draw(found, now, "A finding", due, width)
    by_line: dict[str, list[tuple[float, float]]] = {}
    pattern = r'<text x="([\d.]+)" y="([\d.]+)"(?: class="([^"]*)")?(?: text-anchor="(\w+)")?>([^<]*)</text>'
    for x, y, kind, anchor, words in re.findall(pattern, drawn):
        wide = text.width(words, 12, text.MEDIUM if "label" in kind else text.REGULAR)
        start = float(x) - {"middle": wide / 2, "end": wide}.get(anchor, 0)
        assert start >= -1
        assert start + wide <= width + 1
        by_line.setdefault(y, []).append((start, start + wide))
    assert by_line
    for taken in by_line.values():
        taken.sort()
        assert all(before[1] <= after[0] + 1 for before, after in pairwise(taken)), drawn


def test_what_could_not_be_seen_alone_is_hatched() -> None:
    made = [Span("critical", START, START + timedelta(days=9), "Fails")]
    assert "pl-hatch" not in spans.draw(made, made[0].until, "A finding")
    hidden = [Span("unseen", START, START + timedelta(days=9), "Not seen")]
    assert "pl-hatch" in spans.draw(hidden, hidden[0].until, "A finding")


def test_hostile_text_is_text() -> None:
    drawn = spans.draw([Span("ok", START, START + timedelta(days=1), HOSTILE, HOSTILE)], START, HOSTILE)
    assert "<script" not in drawn
    assert "style=" not in drawn


@pytest.mark.parametrize("counts", [[(0, 0), (0, 0)], [(3, 0), (1, 2), (400, 0)], [(0, 5), (9, 1)]])
def test_a_tally_stays_in_its_picture(counts: list[tuple[int, int]]) -> None:
    days = [tally.TallyDay(date(2026, 9, 1) + timedelta(days=n), *each) for n, each in enumerate(counts)]
    drawn = tally.draw(days, "A check")
    assert ("pl-hatch" in drawn) is any(unknown for _, unknown in counts)
    assert f">{counts[-1][0]} fail</text>" in drawn
    numbers = [float(each) for path in re.findall(r' d="([^"]*)"', drawn) for each in re.findall(r"V([\d.]+)", path)]
    assert all(0 <= each <= tally.HEIGHT for each in numbers)
