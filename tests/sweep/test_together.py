"""Questions about one thing are asked at the same time; errors are raised."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from posture.core.collector import Ask
from posture.core.resource import Resource
from posture.core.sweep import AccountResult
from tests.sweep.conftest import declared
from tests.sweep.fake_aws import Call, FakeAws

Swept = Callable[..., AccountResult]
NO_NAMES: dict[str, str] = {}
NAMES = ("a", "b", "c")


def described(ask: Ask) -> Iterator[Resource]:
    """One thing, with a detail for each name."""
    get = partial(ask.field, "secretsmanager", "describe_secret", "Name")
    yield ask.resource(
        ask.together({name: partial(get, SecretId=name) for name in NAMES}), arn=ask.arn("x", "thing/1"), tags={}
    )


def test_details_of_one_thing_are_under_way_together(aws: FakeAws, swept: Swept) -> None:
    all_here = threading.Barrier(len(NAMES))

    def describe(call: Call) -> Any:
        # Passes only when each of the three has been sent before any was answered.
        all_here.wait(30)
        return {"Name": f"name of {call.params['SecretId']}"}

    aws.on["secretsmanager:DescribeSecret"] = describe

    result = swept(declared(described))

    (found,) = result.resources
    assert found.raw_config == {name: f"name of {name}" for name in NAMES}


def test_a_fault_in_one_question_is_a_gap_and_no_half_of_a_thing(swept: Swept) -> None:
    def broken(ask: Ask) -> Iterator[Resource]:
        details = ask.together({"a": dict, "b": partial(NO_NAMES.__getitem__, "b")})
        yield ask.resource(details, arn=ask.arn("x", "thing/1"))

    result = swept(declared(broken))

    assert not result.resources
    assert [gap.error for gap in result.gaps] == ["KeyError"]
