"""pytest plugin: start no further test once the time is over."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

HEAVY_MARKERS = ("browser", "simulator", "slow")
HEAVY_SHARE = 1 / 3
"""Of the time, after which no test with these markers is started: each takes seconds."""


class Budget:
    """A counter of what a session leaves out after its time."""

    def __init__(self, seconds: float) -> None:
        self.begins, self.seconds = time.monotonic(), seconds
        self.left_out = 0

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Begin with the light tests."""
        items.sort(key=_is_heavy)

    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Leave a test out once the time is over."""
        time_for_it = self.seconds * (HEAVY_SHARE if _is_heavy(item) else 1)
        if time.monotonic() - self.begins < time_for_it:
            return None
        self.left_out += 1
        return True

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print how many tests were left out."""
        if self.left_out:
            terminalreporter.write_line(f"{self.left_out} tests were left out for lack of time: ./dev test runs all.")


def _is_heavy(item: pytest.Item) -> bool:
    return any(item.get_closest_marker(name) for name in HEAVY_MARKERS)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option."""
    parser.addoption("--budget", type=float, default=0, help="seconds after which no further test is started")


def pytest_configure(config: pytest.Config) -> None:
    """Start the clock."""
    seconds = config.getoption("--budget")
    if seconds:
        config.pluginmanager.register(Budget(seconds))
