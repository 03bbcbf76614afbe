"""A small world for the history: three checks over two types, and an organization."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from posture.core.check import Check
from tests.history import rules


@pytest.fixture(autouse=True)
def fake_checks() -> Iterator[dict[str, Check]]:
    """Run three small checks, and no others.

    A test may change the dict and call `rules.reload`.
    """
    with rules.in_force() as declared:
        yield declared
