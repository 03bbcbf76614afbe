"""Measurements on a busy host are recognized."""

from __future__ import annotations

import math

import pytest

from devtools.bench import history_measures
from devtools.bench.history_measures import Spent, quick
from devtools.bench.host import Paced, pace, undisturbed


def test_what_was_measured_around_a_slow_loop_does_not_count_as_undisturbed() -> None:
    pieces = [Paced(1.0, 0.0010), Paced(1.2, 0.0011), Paced(2.2, 0.0020)]

    assert undisturbed(pieces, pieces) == [1.0, 1.2]


def test_the_quickest_loop_of_all_that_was_measured_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = [Paced(2.0, 0.0020), Paced(2.4, 0.0021)]
    monkeypatch.setattr(history_measures, "_pieces", [*slow, Paced(1.0, 0.0010)])

    assert math.isnan(Spent(pieces=slow).alone())
    assert quick(slow) == "never undisturbed"


def test_undisturbed_pieces_define_what_is_disturbed(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = [Paced(1.0, 0.0010), Paced(1.2, 0.0011), Paced(2.2, 0.0020)]
    monkeypatch.setattr(history_measures, "_pieces", pieces)

    assert Spent(pieces=pieces).alone() == pytest.approx(3 * 1.1)
    assert quick(pieces) == "undisturbed 1200, of 2"


def test_a_loop_takes_cpu() -> None:
    assert 0 < pace() < 1
