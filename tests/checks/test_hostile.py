"""Checks of odd configurations end in time, with storable outcomes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from typing import Any

import pytest

from posture.core.check import EXAMPLE_ACCOUNT, EXAMPLE_NOW, Check, Example
from posture.core.clock import Clock
from posture.core.outcome import Outcome, Status
from posture.core.related import Neighbourhood
from posture.core.watchdog import watching
from posture.history.ingest.bulk import clean
from posture.history.ingest.finding_changes import CheckedResource
from posture.history.ingest.findings import _observed
from tests.checks.test_examples import CHECKS
from tests.declared import Broken, usable
from tests.hostile import ODD, everywhere, is_json, leaves, put, sample, swollen, without

SECONDS = 20.0
"""Processor time for what takes less than one; what is quadratic takes minutes."""
MUTATIONS = 12
NEIGHBOURS = 300

NEEDING = [one for one in CHECKS if isinstance(check := one.values[0], Check) and check.needs]
every_check = pytest.mark.parametrize("check", CHECKS)


@pytest.fixture(autouse=True)
def _quietly() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def judged(check: Check, example: Example, times: int = 1) -> Outcome:
    resource = example.resource(check.resource_type)
    related = [replace(each, arn=f"{each.arn}{number or ''}") for number in range(times) for each in example.related]
    around = Neighbourhood.of_example([resource, *related], example.gaps, EXAMPLE_ACCOUNT, example.not_offered)
    with watching(SECONDS):
        return check.judge(resource, around, Clock(EXAMPLE_NOW))


def hold(check: Check, example: Example, outcome: Outcome) -> None:
    """Hold an outcome to what is owed whatever was judged."""
    assert isinstance(outcome.status, Status)
    assert "was ended" not in outcome.reason, "it ran out of time"
    assert is_json([clean(outcome.reason).encode("utf-8", "replace").decode(), *map(clean, outcome.evidence)])
    checked = CheckedResource(outcome, check.version, check.severity, example.resource(check.resource_type))
    kept = _observed(checked)
    assert kept is None or "\\\\ud800" not in kept


def mutated(example: Example, number: int) -> Iterator[Example]:
    """Yield an example with odd values in its places."""
    odd = cycle(ODD)
    whole: dict[str, Any] = {"config": dict(example.config), "observed": dict(example.observed)}
    for path in sample([path for path in leaves(whole) if len(path) > 1], number):
        yield replace(example, **put(whole, path, next(odd)))
        yield replace(example, **without(whole, path))
    for pattern in ("*a" * 2_000 + "b", "*?" * 2_000 + "b"):
        yield replace(example, **everywhere(whole, pattern))


@every_check
def test_odd_values_are_judged_or_unknown(check: Check | Broken) -> None:
    check = usable(check)
    for example in check.examples[:4]:
        for odd in mutated(example, MUTATIONS // 4):
            hold(check, odd, judged(check, odd))


@pytest.mark.parametrize("check", NEEDING)
def test_odd_neighbours_are_judged_or_unknown(check: Check) -> None:
    for example in check.examples:
        for near in example.related[:1]:
            config = dict(near.raw_config)
            odd = cycle(ODD)
            for path in sample(list(leaves(config)), 4):
                changed = replace(near, raw_config=put(config, path, next(odd)))
                around = replace(example, related=[changed, *example.related[1:]])
                hold(check, around, judged(check, around))


@every_check
def test_very_many_of_everything_are_judged_in_time(check: Check | Broken) -> None:
    check = usable(check)
    for example in check.examples[:3]:
        many = replace(example, config=swollen(dict(example.config)), observed=swollen(dict(example.observed)))
        hold(check, many, judged(check, many, NEIGHBOURS))
