"""User data is read where nothing else gives it, and judged by its looks."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from posture.checks import judge
from posture.collectors.ec2_instance import instances
from posture.core.check import EXAMPLE_ACCOUNT, EXAMPLE_NOW, EXAMPLE_REGION
from posture.core.clock import Clock
from posture.core.outcome import Outcome, Status
from posture.core.resource import Resource
from posture.core.secret_kinds import SECRET_KINDS
from posture.core.values import Unknown
from posture.sweep.ask import AccountAsk, Location
from posture.sweep.population_aggregation import fold
from tests.collectors.recorded import Recorded

CHECK = "ec2_instance_user_data_without_secrets"
SCRIPT = base64.b64encode(b"#!/bin/bash\nexport DB_PASSWORD=hunter22\n").decode()
HARMLESS = base64.b64encode(b"#!/bin/bash\nyum update -y\n").decode()
SPOT: dict[str, Any] = {"InstanceLifecycle": "spot", "SpotInstanceRequestId": "sir-1"}


def swept(answers: list[dict[str, Any]], tags: dict[str, str] | None = None, **raw: Any) -> list[Resource]:
    """Return what is kept of instance i-1, given AWS's answers about its user data."""
    listed = {
        "InstanceId": "i-1",
        "InstanceType": "m7g.large",
        "State": {"Code": 16, "Name": "running"},
        "LaunchTime": "2026-05-01T08:00:00Z",
        "Tags": [{"Key": key, "Value": value} for key, value in (tags or {}).items()],
        **raw,
    }
    recorded = Recorded(
        {
            "ec2:describe_instances": {"Reservations": [{"Instances": [listed]}]},
            "ec2:describe_instance_types": {"InstanceTypes": []},
            "ec2:describe_instance_attribute": answers,
        }
    )
    location = Location(EXAMPLE_ACCOUNT, EXAMPLE_REGION, "aws", EXAMPLE_NOW, b"key of tests")
    found = list(instances.gather(AccountAsk(instances, location, recorded)))
    assert not recorded.faults
    return fold(found, (), [instances])[0]


def gives(script: str) -> list[dict[str, Any]]:
    return [{"params": {"InstanceId": "i-1", "Attribute": "userData"}, "answer": {"UserData": {"Value": script}}}]


def outcome_of(resources: list[Resource]) -> Outcome:
    (outcome,) = [each.outcome for each in judge(resources, (), Clock(EXAMPLE_NOW)) if each.check_id == CHECK]
    return outcome


def test_a_script_with_a_password_fails_and_is_not_kept() -> None:
    (found,) = resources = swept(gives(SCRIPT))

    assert outcome_of(resources).status is Status.FAIL
    assert "a text with a password" in outcome_of(resources).reason
    assert found.raw_config["UserData"]["Value"].startswith("hmac-sha256:")
    assert SCRIPT not in str(found)
    assert "hunter22" not in str(found)


def test_a_script_without_one_passes() -> None:
    assert outcome_of(swept(gives(HARMLESS))).status is Status.PASS


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ({"answer": {"InstanceId": "i-1", "UserData": {}}}, Status.NOT_APPLICABLE),
        ({"answer": {"InstanceId": "i-1"}}, Status.UNKNOWN),
        ({"error": "UnauthorizedOperation"}, Status.UNKNOWN),
    ],
)
def test_no_user_data_differs_from_unseen_user_data(answer: dict[str, Any], status: Status) -> None:
    assert outcome_of(swept([answer])).status is status


def test_a_refused_attribute_is_unknown_for_its_instance_alone() -> None:
    (found,) = swept([{"error": "UnauthorizedOperation"}])

    unseen = found.raw_config["UserData"]
    assert isinstance(unseen, Unknown)
    assert unseen.action == "ec2:DescribeInstanceAttribute"
    assert found.raw_config["InstanceType"] == "m7g.large"


@pytest.mark.parametrize(
    "tags",
    [
        {"aws:autoscaling:groupName": "web"},
        {"eks:nodegroup-name": "workers", "eks:cluster-name": "shop"},
        {"karpenter.sh/nodepool": "default"},
        {"aws:ec2spot:fleet-request-id": "sfr-1"},
        {"aws:ec2:fleet-id": "fleet-1"},
    ],
)
def test_members_of_launching_groups_are_not_asked_for_it(tags: dict[str, str]) -> None:
    (found,) = resources = swept([], tags)

    assert found.is_population
    assert "UserData" not in found.raw_config
    assert outcome_of(resources).status is Status.NOT_APPLICABLE


def test_a_spot_request_of_its_own_is_judged_and_its_kinds_are_not_hashed() -> None:
    (found,) = resources = swept(gives(SCRIPT), None, **SPOT)

    assert found.is_population
    assert outcome_of(resources).status is Status.FAIL
    assert SECRET_KINDS not in found.raw_config
    assert SECRET_KINDS in found.raw_observed["Members"][0]["Own"]
