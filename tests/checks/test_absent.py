"""A field that AWS's answer leaves out never reads as the good state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from posture.core.check import Check, Example
from posture.core.outcome import Status
from tests.checks.test_examples import CHECKS, judged
from tests.checks.test_unknown import blinded

MODULES = ("outposts_", "ec2_local_gateway", "ec2_instance_user_data")
"""Modules whose checks are held to it, by the beginnings of their names."""
GOOD = {Status.PASS, Status.NOT_APPLICABLE}
OWNERS = ("config.OwnerId", "config.AccountId")
"""By which what another account owns is left to that account: without them it is judged on its merits."""
OPTIONAL = {
    ("ec2_instance_user_data_without_secrets", "UserData.Value"),
    ("ec2_instance_user_data_without_secrets", "SecretKinds"),
    ("outposts_site_uplinks_redundant", "config.RackPhysicalProperties"),
    ("ec2_local_gateway_route_table_routes_specific", "NetworkInterfaceId"),
}
"""What is left out where there is none, by check and a part of its path."""
HELD = [
    pytest.param(check, number, id=f"{check.id}-{number}")
    for declared in CHECKS
    if isinstance(check := declared.values[0], Check) and check.module.rsplit(".", 1)[1].startswith(MODULES)
    for number, example in enumerate(check.examples)
    if example.status in {Status.PASS, Status.FAIL}
]


def without_below(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Yield a value once for each field in it, however deep, without that field."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield f"{place}.{key}", {name: each for name, each in value.items() if name != key}
            for path, rest in without_below(item, f"{place}.{key}"):
                yield path, {**value, key: rest}
    if isinstance(value, list | tuple):
        for index, item in enumerate(value):
            for path, rest in without_below(item, f"{place}[{index}]"):
                yield path, [*value[:index], rest, *value[index + 1 :]]


def lacking(example: Example) -> Iterator[tuple[str, Example]]:
    """Yield an example once for each of its fields, without that field."""
    for part in ("config", "observed"):
        for place, rest in without_below(getattr(example, part), part):
            yield place, replace(example, **{part: rest})


@pytest.mark.parametrize(("check", "number"), HELD)
def test_what_decides_does_not_read_as_good_where_it_is_left_out(check: Check, number: int) -> None:
    example = check.examples[number]
    read = {place for place, blind in blinded(example) if judged(check, blind).status is Status.UNKNOWN}

    for place, rest in lacking(example):
        if (
            place in read
            and place not in OWNERS
            and not any(check.id == one and part in place for one, part in OPTIONAL)
        ):
            outcome = judged(check, rest)
            assert outcome.status not in GOOD, f"{place}: {outcome.reason}"


def test_the_modules_are_found() -> None:
    assert len({str(each.id).rpartition("-")[0] for each in HELD}) >= 12
