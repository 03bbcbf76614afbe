"""A small world for the history: three checks of our own over two types, and an organization to sweep."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from posture.core.check import Check
from tests.history import rules


@pytest.fixture(autouse=True)
def fake_checks() -> Iterator[dict[str, Check]]:
    """Let three small checks judge, and no others; a test may change the dict and call `rules.reload`."""
    with rules.in_force() as declared:
        yield declared
