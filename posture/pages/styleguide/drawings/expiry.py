"""When certificates end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from posture.drawing import expiry
from posture.drawing.expiry import Expiry
from posture.pages.styleguide.drawings import HOSTILE, LONG_NAME, Example

TODAY, LIMIT = date(2026, 12, 1), timedelta(days=30)


def _some(count: int) -> list[Expiry]:
    return [
        Expiry(f"shop-{number}.example", TODAY + timedelta(days=40 + number * 7 % 350), number % 5 > 0, False, "#")
        for number in range(count)
    ]


def examples() -> Sequence[Example]:
    """Return few certificates as marks, and many as bars."""
    due = [
        Expiry(HOSTILE, TODAY - timedelta(days=3), False, True, "#"),
        Expiry(LONG_NAME, TODAY + timedelta(days=20), True, True, "#"),
    ]
    return [
        (
            "A disc renews itself, a square is renewed by hand.",
            expiry.draw([*due, *_some(18)], TODAY, LIMIT, "Few", "#"),
        ),
        ("Many become bars.", expiry.draw([*due, *_some(900)], TODAY, LIMIT, "Many", "#")),
    ]
