"""What tests of pages need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from posture.history.models import Snapshot
    from tests.web.world import World

# The imports inside the fixtures are there because this file is read before Django is set up.


@pytest.fixture
def world(db: None) -> World:
    """One organization, two owners, an executive and an admin."""
    from tests.web.world import build

    return build()


@pytest.fixture
def story(world: World) -> list[Snapshot]:
    """Three sweeps of the world, recorded: the last 20 hours ago."""
    from tests.web.story import record_story

    return record_story(world)
