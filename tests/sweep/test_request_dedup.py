"""What several collectors ask is asked once, and what failed is asked by each."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from posture.core.collector import Ask, Collector, ListingScope
from posture.core.resource import Resource
from posture.sweep import Engine, Target, sweep_account
from posture.sweep.request_dedup import SHARED_ANSWER_MAX_ITEMS, AskedOnce
from tests.sweep.conftest import role_in
from tests.sweep.fake_aws import FakeAws, error

ACTION = "ecs:ListClusters"


def lists(name: str, *actions: str) -> Collector:
    def gather(ask: Ask) -> Iterator[Resource]:
        for arn in ask.pages("ecs", "list_clusters", "clusterArns"):
            yield ask.resource({"clusterArn": arn}, arn=arn)

    return Collector(f"AWS::Test::{name}", name, name, "ecs", ListingScope.REGIONAL, actions or (ACTION,), gather, "")


class Calls:
    """Answers with the number of the call, once it may."""

    def __init__(self) -> None:
        self.made: list[tuple[str, str, Mapping[str, Any]]] = []
        self.may = threading.Event()
        self.may.set()
        self.fails, self.items = False, 0

    def __call__(self, service: str, operation: str, region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        self.made.append((operation, region, params))
        number = len(self.made)
        self.may.wait(10)
        if self.fails:
            raise ConnectionError(number)
        return {"number": number} | ({"items": [number] * self.items} if self.items else {})


ONE, OTHER = lists("One"), lists("Other")


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def asked(calls: Calls) -> AskedOnce:
    return AskedOnce(calls, [ONE, OTHER, lists("Apart", "ecs:DescribeServices")])


def test_one_call_answers_all_who_ask_though_at_the_same_time(calls: Calls, asked: AskedOnce) -> None:
    calls.may.clear()
    with ThreadPoolExecutor(2) as threads:
        both = [threads.submit(asked.by(who), "ecs", "list_clusters", "eu-west-1", {}) for who in (ONE, OTHER)]
        calls.may.set()

        assert [answer.result(10) for answer in both] == [{"number": 1}] * 2

    assert asked.by(ONE)("ecs", "list_clusters", "eu-west-1", {}) == {"number": 2}, "kept for nobody any more"


def test_another_question_region_or_action_of_one_alone_is_a_call_of_its_own(calls: Calls, asked: AskedOnce) -> None:
    asked.by(ONE)("ecs", "list_clusters", "eu-west-1", {})
    asked.by(OTHER)("ecs", "list_clusters", "eu-west-2", {})
    asked.by(OTHER)("ecs", "list_clusters", "eu-west-1", {"nextToken": "2"})
    for _ in range(2):
        asked.by(OTHER)("ecs", "describe_services", "eu-west-1", {})

    assert len(calls.made) == 5


def test_who_asks_again_wants_a_newer_answer(calls: Calls, asked: AskedOnce) -> None:
    numbers = [asked.by(who)("ecs", "list_clusters", "eu-west-1", {})["number"] for who in (ONE, ONE, OTHER)]

    assert numbers == [1, 2, 2]


def test_a_long_answer_is_not_kept(calls: Calls, asked: AskedOnce) -> None:
    calls.items = SHARED_ANSWER_MAX_ITEMS
    for who in (ONE, OTHER):
        asked.by(who)("ecs", "list_clusters", "eu-west-1", {})

    assert len(calls.made) == 2


def test_what_failed_is_asked_by_each(calls: Calls, asked: AskedOnce) -> None:
    calls.fails = True
    calls.may.clear()
    with ThreadPoolExecutor(2) as threads:
        both = [threads.submit(asked.by(who), "ecs", "list_clusters", "eu-west-1", {}) for who in (ONE, OTHER)]
        calls.may.set()
        failures = {str(one.exception(10)) for one in both}

    assert failures == {"1", "2"}


def test_a_sweep_asks_once_and_each_type_has_its_resources(aws: FakeAws, engine: Engine) -> None:
    arn = "arn:aws:ecs:eu-central-1:111122223333:cluster/main"
    aws.on["ecs:ListClusters"] = {"clusterArns": [arn]}
    kinds = {each.resource_type: each for each in (ONE, OTHER)}

    result = sweep_account(engine, Target("111122223333", role_in("111122223333")), collectors=kinds)

    assert sorted((one.type, one.arn) for one in result.resources) == [(kind, arn) for kind in sorted(kinds)]
    assert len(aws.made("ecs:ListClusters")) == 1
    assert result.calls["ecs:list_clusters"] == 1


def test_a_sweep_that_is_refused_has_a_gap_for_each_type(aws: FakeAws, engine: Engine) -> None:
    aws.on["ecs:ListClusters"] = error("AccessDeniedException", "no", 400)
    kinds = {each.resource_type: each for each in (ONE, OTHER)}

    result = sweep_account(engine, Target("111122223333", role_in("111122223333")), collectors=kinds)

    assert sorted(gap.resource_type for gap in result.gaps) == sorted(kinds)
    assert len(aws.made("ecs:ListClusters")) == 2
