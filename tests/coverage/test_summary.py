"""The step and mark of a tool for a unit; unknown is neither off nor on."""

from __future__ import annotations

import pytest

from posture.core.coverage import tools
from posture.pages.coverage.matrix import ToolSummary


@pytest.mark.parametrize(
    ("on", "partly", "off", "unknown", "empty", "step"),
    [
        (0, 0, 0, 0, 0, "none"),
        (4, 0, 0, 0, 0, "4"),
        (3, 0, 1, 0, 0, "3"),
        (1, 0, 3, 0, 0, "2"),
        (0, 4, 0, 0, 0, "2"),
        (0, 0, 4, 0, 0, "0"),
        (0, 0, 0, 4, 0, "unseen"),
        (0, 0, 2, 2, 0, "0"),
        (0, 0, 0, 0, 4, "none"),
        (0, 0, 0, 2, 2, "unseen"),
        (3, 0, 0, 0, 1, "3"),
    ],
)
def test_how_good_it_is(on: int, partly: int, off: int, unknown: int, empty: int, step: str) -> None:
    assert ToolSummary(tools()[0], on, partly, off, unknown, empty).step == step
