"""A small world for the history: three checks of our own over two types, and an organization to sweep."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from posture import checks
from posture.core.check import Check
from tests.history import rules


@pytest.fixture(autouse=True)
def fake_checks(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Check]]:
    """Let three small checks judge, and no others; a test may change the dict and call `rules.reload`."""
    declared = dict(rules.CHECKS)
    monkeypatch.setattr(checks, "declared", lambda *_: dict(declared))
    rules.reload()
    yield declared
    monkeypatch.undo()
    rules.reload()
