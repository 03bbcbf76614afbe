"""The fixture that overrides `posture.history.tuning`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from posture.history.tuning import tuning

Tune = Callable[..., None]
"""Sets values of `tuning` by keyword."""


@contextmanager
def tuned(**values: Any) -> Iterator[None]:
    """Override values of `tuning` in a `with` block.

    Raises AttributeError for an unknown name.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setattr(tuning, name, value)
        yield


@pytest.fixture
def tune(monkeypatch: pytest.MonkeyPatch) -> Tune:
    """Override values of `tuning` until the test ends: `tune(vacuum_min_resources=1)`."""

    def override(**values: Any) -> None:
        for name, value in values.items():
            monkeypatch.setattr(tuning, name, value)

    return override
