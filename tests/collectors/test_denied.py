"""Each action of each collector, refused, loses nothing and passes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import pytest
from botocore.exceptions import ClientError

from posture.checks import judge
from posture.collectors import all_collectors
from posture.core.check import EXAMPLE_ACCOUNT, EXAMPLE_NOW
from posture.core.clock import Clock
from posture.core.collector import Collector
from posture.core.gap import ANY, Gap
from posture.core.outcome import Outcome, Status
from posture.core.resource import Resource
from posture.core.values import Unknown, UnknownFieldError
from posture.sweep import service_models
from posture.sweep.actions import action_of
from posture.sweep.ask import AccountAsk
from posture.sweep.errors import AskError
from tests.collectors.recorded import Recorded
from tests.collectors.test_collectors import ANSWERS, gathered, location_of

GOOD = {Status.PASS, Status.NOT_APPLICABLE}
Outcomes = Mapping[tuple[str, str], Outcome]
"""By check and ARN."""


class Refusing(Recorded):
    """Recorded answers, but for one action."""

    def __init__(self, collector: Collector, action: str) -> None:
        super().__init__(json.loads((ANSWERS / f"{collector.module.rsplit('.', 1)[1]}.json").read_text()))
        self.action = action

    def __call__(self, service: str, operation: str, region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Refuse the one action, in AWS's words."""
        if action_of(service, operation) != self.action:
            return super().__call__(service, operation, region, params)
        words = f"User: arn:aws:sts::{EXAMPLE_ACCOUNT}:assumed-role/r/s is not authorized to perform: {self.action}"
        error = {"Code": "AccessDenied", "Message": f"{words} because no identity-based policy allows it"}
        raise ClientError({"Error": error}, service_models.operation_name(service, operation))  # type: ignore[typeddict-item]


def asked(collector: Collector, action: str) -> list[Resource] | Gap:
    """Return what a collector finds where an action is refused, or the engine's gap."""
    recorded = Refusing(collector, action)
    ask = AccountAsk(collector, location_of(collector, recorded), recorded)
    try:
        found = list(collector.gather(ask))
        if not ask.refused_parts:
            return found
        failure = ask.refused_parts[0][1]
    except AskError as error:
        failure = error.failure
    except UnknownFieldError as error:
        failure = ask.failure_behind(error.unknown)
    return failure.gap(EXAMPLE_ACCOUNT, ANY, collector.resource_type)


@cache
def whole() -> tuple[Mapping[str, Sequence[Resource]], Outcomes]:
    """Return what all collectors find where nothing is refused, and its outcomes."""
    found = {kind: gathered(collector)[0] for kind, collector in all_collectors().items()}
    return found, judged([resource for some in found.values() for resource in some], [])


def judged(found: Sequence[Resource], gaps: Sequence[Gap]) -> Outcomes:
    return {(each.check_id, each.resource.arn): each.outcome for each in judge(found, gaps, Clock(EXAMPLE_NOW))}


def unknowns(value: object) -> Iterator[Unknown]:
    if isinstance(value, Unknown):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from unknowns(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from unknowns(each)


@pytest.mark.parametrize(
    ("kind", "action"), [(kind, action) for kind, each in all_collectors().items() for action in each.actions]
)
def test_a_refused_action_is_named_and_nothing_is_the_better_for_it(kind: str, action: str) -> None:
    everything, before = whole()

    answer = asked(all_collectors()[kind], action)

    found, gaps = ([], [answer]) if isinstance(answer, Gap) else (answer, [])
    said = {
        unknown.action for each in found for unknown in unknowns([each.raw_config, each.raw_observed, each.raw_tags])
    }
    assert action in said | {gap.action for gap in gaps}
    assert all(gap.reason.blinds for gap in gaps)
    assert gaps or {each.arn for each in everything[kind]} <= {each.arn for each in found}, "lost without a gap"
    assert {each.arn for each in found} <= {each.arn for each in everything[kind]}, "came up because of the refusal"
    others = [each for other, some in everything.items() if other != kind for each in some]
    after = judged([*others, *found], gaps)
    better = {key: after[key] for key in after.keys() & before.keys() if after[key].status in GOOD}
    assert {key for key in better if before[key].status is not better[key].status} == set()
