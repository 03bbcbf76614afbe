"""Collectors of answers of odd sizes and shapes end in time and lose nothing."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import cycle
from typing import Any

import pytest
from botocore.exceptions import ClientError

from posture.collectors import credential_report
from posture.core.check import EXAMPLE_ACCOUNT, EXAMPLE_NOW
from posture.core.collector import Collector
from posture.core.watchdog import watching
from posture.sweep import listing, service_models
from posture.sweep.ask import AccountAsk, Location
from posture.sweep.listing import ListingResult
from tests.collectors.test_collectors import ANSWERS, COLLECTORS, region_of
from tests.declared import Broken, usable
from tests.hostile import ODD, Path, is_json, leaves, put, sample, swollen, without

SECONDS = 20.0
"""Processor time for what takes less than one; what is quadratic takes minutes."""
MUTATIONS = 40
MAX_LEVEL = 7
"""How deep the lists are that are made long: those of an answer, or of one item."""

every_collector = pytest.mark.parametrize("collector", COLLECTORS)


@pytest.fixture(autouse=True)
def _quietly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(listing, "COLLECTOR_SECONDS", SECONDS / 2)
    monkeypatch.setattr(credential_report, "WAITS", (0.0,))
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


class Hostile:
    """Recorded answers with changes, which are not checked against AWS's models."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = answers

    def __call__(self, service: str, operation: str, region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Perform one call."""
        name = f"{service}:{operation}"
        recorded = self.answers.get(name)
        if isinstance(recorded, dict):
            return recorded
        for choice in recorded or ():
            asked = choice.get("params", {})
            if choice.get("region", region) == region and all(params.get(key) == asked[key] for key in asked):
                if "error" not in choice:
                    answer: dict[str, Any] = choice["answer"]
                    return answer
                error: Any = {"Error": {"Code": choice["error"], "Message": choice.get("message", "")}}
                raise ClientError(error, service_models.operation_name(service, operation))
        error = {"Error": {"Code": "ResourceNotFoundException", "Message": "There is none."}}
        raise ClientError(error, service_models.operation_name(service, operation))


@cache
def recorded(collector: Collector) -> dict[str, Any]:
    answers: dict[str, Any] = json.loads((ANSWERS / f"{collector.module.rsplit('.', 1)[1]}.json").read_text())
    return answers


def asked(collector: Collector, answers: Mapping[str, Any]) -> ListingResult:
    location = Location(EXAMPLE_ACCOUNT, region_of(collector), "aws", EXAMPLE_NOW, b"key of tests")
    with watching(SECONDS) as watch, watch.turn():
        return listing.read(collector, lambda kept: AccountAsk(collector, location, Hostile(answers), answers=kept))


def at(answers: Any, path: Path) -> Any:
    for key in path:
        answers = answers[key]
    return answers


def inside(answers: Mapping[str, Any]) -> list[Path]:
    """Return the paths of all that AWS says in recorded answers."""
    places = []
    for path in leaves(answers):
        spoken = path[3:] if len(path) > 1 and isinstance(path[1], int) else path[1:]
        if spoken and (not isinstance(path[1], int) or path[2] == "answer"):
            places.append(path)
    return places


def hold(collector: Collector, listed: ListingResult) -> None:
    """Hold a listing to what is owed whatever AWS answers."""
    seen = {resource.arn for resource in listed.resources}
    for resource in listed.resources:
        assert isinstance(resource.name, str)
        assert isinstance(resource.region, str)
        assert is_json([resource.arn, resource.name, resource.region, resource.raw_config, resource.raw_observed])
        assert is_json(resource.raw_tags)
    if listed.failure is None:
        return
    assert listed.failure.reason.blinds or not seen, "what is missing is not taken as gone"
    assert listed.failure.action in collector.actions


@every_collector
def test_odd_values_are_read_or_unknown(collector: Collector | Broken) -> None:
    collector = usable(collector)
    answers = recorded(collector)
    odd = cycle(ODD)

    for path in sample(inside(answers), MUTATIONS):
        hold(collector, asked(collector, put(answers, path, next(odd))))
        hold(collector, asked(collector, without(answers, path)))


@every_collector
def test_very_many_of_everything_are_read_in_time(collector: Collector | Broken) -> None:
    """One call's answer at a time: in all at once, too many would be asked."""
    collector = usable(collector)
    answers = recorded(collector)
    listings = [path for path in inside(answers) if len(path) < MAX_LEVEL and isinstance(at(answers, path), list)]

    for path in sample(listings, 3):
        listed = asked(collector, put(answers, path, swollen(at(answers, path))))

        assert listed.failure is None or listed.failure.error != "CollectorTimeLimit"
        hold(collector, listed)
