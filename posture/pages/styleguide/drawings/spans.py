"""A finding through time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from posture.drawing import spans
from posture.drawing.spans import Span
from posture.pages.styleguide.drawings import HOSTILE, LONG_NAME, Example

START = datetime(2026, 9, 1, tzinfo=UTC)


def examples() -> Sequence[Example]:
    """Return a finding that was resolved, unseen and opened again, wide and narrow."""
    kinds = ("critical", "ok", "high", "unseen", "gone", "medium", "low")
    days = [START + timedelta(days=12 * at) for at in range(len(kinds) + 1)]
    found = [
        Span(kind, since, until, LONG_NAME if kind == "high" else kind, HOSTILE, "#")
        for kind, since, until in zip(kinds, days, days[1:], strict=False)
    ]
    due = days[-1] + timedelta(days=20)
    return [
        ("Open by severity, resolved, not seen, gone; due ahead.", spans.draw(found, days[-1], "A finding", due)),
        ("On a phone.", spans.draw(found, days[-1], "A finding, narrow", due, spans.NARROW)),
    ]
