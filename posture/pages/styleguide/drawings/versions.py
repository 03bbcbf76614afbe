"""Versions of a resource."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from posture.drawing import versions
from posture.drawing.versions import Begin, Version
from posture.pages.styleguide.drawings import HOSTILE, Example

START = datetime(2026, 9, 1, tzinfo=UTC)


def examples() -> Sequence[Example]:
    """Return versions begun in each way, with two compared and a time unseen."""
    days = [START + timedelta(days=12 * at) for at in range(len(Begin) + 1)]
    found = [
        Version(since, until, begin, HOSTILE, "#", is_before=begin is Begin.CHANGED, is_after=begin is Begin.BACK)
        for begin, since, until in zip(Begin, days, days[1:], strict=False)
    ]
    unseen = [(days[2], days[2] + timedelta(days=5))]
    return [("Each begin of a version, and what was not seen.", versions.draw(found, unseen, days[-1], "Versions"))]
