"""What tests of pages stand on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.web.world import World


@pytest.fixture
def world(db: None) -> World:
    """One organization, two owners, an executive and an admin."""
    # Here, since this file is read before Django is set up.
    from tests.web.world import build

    return build()
