"""Who gets what of the overview's URLs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.web.access import Page
from tests.web.story import record_story
from tests.web.world import World


def recorded(world: World) -> Mapping[str, Any]:
    """Record something to see."""
    record_story(world)
    return {}


MATRIX = {
    "dashboard:overview": Page(kwargs=recorded),
    "dashboard:period": Page(kwargs=recorded),
    "dashboard:visit": Page(kwargs=recorded),
    "dashboard:score": Page(kwargs=recorded),
}
