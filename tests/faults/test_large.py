"""An account with very much in it is swept whole, in bounded memory and calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import psutil
import pytest

from posture.collectors import all_collectors
from posture.core.collector import Ask, Family, collector
from posture.core.outcome import Status
from posture.core.related import Neighbourhood, Related
from posture.core.resource import Resource
from posture.sweep import Engine, SweepRole, Target, sweep_account
from posture.sweep.clients import READ_SECONDS
from tests.simulated import EXTERNAL_ID, REGION, Estate, make_role

pytestmark = [pytest.mark.simulator]

GROUPS, PAGE = 20_000, 1_000
LOG_GROUPS, LOG_PAGE = 50_000, 50
MEBIBYTE = 2**20


@collector(
    resource_type="AWS::Logs::LogGroup",
    title="Log group",
    plural="Log groups",
    service="logs",
    family=Family.OTHER,
    actions=("logs:DescribeLogGroups",),
)
def log_groups(ask: Ask) -> Iterator[Resource]:
    """What a function writes into."""
    for raw in ask.pages("logs", "describe_log_groups", "logGroups"):
        yield ask.resource(raw, arn=raw["logGroupArn"], name=raw["logGroupName"])


def resident() -> int:
    """Return the bytes that this process holds in memory."""
    return int(psutil.Process().memory_info().rss)


@pytest.fixture
def many(estate: Estate) -> Iterator[Callable[..., None]]:
    """Let the afflicted account hold many things, and none of them afterwards."""

    def put(service: str, **values: int | None) -> None:
        estate.simulator.control.put(estate.payments, REGION, service, **values)

    yield put
    put("ec2", many_security_groups=None)
    put("logs", many_log_groups=None)


def test_twenty_thousand_security_groups(
    estate: Estate, engine_of: Callable[..., Engine], many: Callable[..., None]
) -> None:
    many("ec2", many_security_groups=GROUPS)
    before = resident()

    target = Target(estate.payments, SweepRole(estate.role_arn(estate.payments), EXTERNAL_ID), [REGION])
    collectors = {"AWS::EC2::SecurityGroup": all_collectors()["AWS::EC2::SecurityGroup"]}
    result = sweep_account(engine_of(read_seconds=READ_SECONDS), target, collectors=collectors)

    assert not result.gaps
    assert len({resource.arn for resource in result.resources}) == GROUPS
    assert result.calls["ec2:describe_security_groups"] == GROUPS // PAGE
    failing = {each.resource.arn for each in result.judgements if each.outcome.status is Status.FAIL}
    assert len(failing) == GROUPS, "each is open to the internet"
    assert resident() - before < 600 * MEBIBYTE


def test_a_look_up_among_many_costs_no_more_than_among_few() -> None:
    """Judging a group may not walk through all the others."""
    asked = Counter[str]()

    def names(resource: Resource) -> list[str]:
        asked[resource.arn] += 1
        return [resource.name]

    groups = [Resource("AWS::EC2::SecurityGroup", f"arn:{n}", "1" * 12, REGION, str(n)) for n in range(500)]
    near = Related(Neighbourhood(groups, []), ["AWS::EC2::SecurityGroup"], REGION)

    assert all(near.here_by("AWS::EC2::SecurityGroup", names, str(n)) == [groups[n]] for n in range(500))
    assert set(asked.values()) == {1}


def test_fifty_thousand_log_groups(estate: Estate, engine_of: Callable[..., Engine], many: Callable[..., None]) -> None:
    make_role(estate, estate.payments, actions=["logs:DescribeLogGroups", "ec2:DescribeRegions"], name="Logs")
    role = SweepRole(f"arn:aws:iam::{estate.payments}:role/Logs", EXTERNAL_ID)
    many("logs", many_log_groups=LOG_GROUPS)
    before = resident()

    result = sweep_account(
        engine_of(read_seconds=READ_SECONDS),
        Target(estate.payments, role, [REGION]),
        collectors={log_groups.resource_type: log_groups},
    )

    assert not result.gaps
    assert len({resource.arn for resource in result.resources}) == LOG_GROUPS
    assert result.calls["logs:describe_log_groups"] == LOG_GROUPS // LOG_PAGE
    assert resident() - before < 300 * MEBIBYTE
