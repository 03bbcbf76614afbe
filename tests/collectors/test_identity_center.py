"""Identity Center is found in its region, from whichever account reads it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from posture.collectors.sso_instance import identity_centers
from posture.collectors.sso_permission_set import permission_sets_of_centers
from posture.core.check import EXAMPLE_ACCOUNT, EXAMPLE_NOW
from posture.core.collector import Collector
from posture.core.resource import Resource
from posture.core.values import UnknownFieldError
from posture.sweep.ask import AccountAsk, Location
from tests.collectors.recorded import Recorded
from tests.collectors.test_collectors import ANSWERS

HOME = "us-east-1"


def answers() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((ANSWERS / "sso_permission_set.json").read_text())
    return read


def gathered(collector: Collector, given: dict[str, Any]) -> list[Resource]:
    location = Location(EXAMPLE_ACCOUNT, HOME, "aws", EXAMPLE_NOW, b"key of tests")
    return list(collector.gather(AccountAsk(collector, location, Recorded(given))))


def instance(number: int, owner: str) -> dict[str, Any]:
    arn = f"arn:aws:sso:::instance/ssoins-{number}"
    return {"InstanceArn": arn, "IdentityStoreId": f"d-{number}", "OwnerAccountId": owner, "Status": "ACTIVE"}


def test_a_delegated_administrator_reads_the_organizations_instance_and_not_its_own() -> None:
    both = [instance(1, EXAMPLE_ACCOUNT), instance(2, "999988887777")]
    given = {**answers(), "sso-admin:list_instances": {"Instances": both}}

    (found,) = gathered(identity_centers, given)

    assert found.arn.endswith("ssoins-2")


def test_a_region_that_cannot_be_asked_may_have_the_instance() -> None:
    listings = [
        {"region": "eu-central-1", "error": "AccessDeniedException"},
        {"answer": {"Instances": []}},
    ]

    with pytest.raises(UnknownFieldError):
        gathered(identity_centers, {**answers(), "sso-admin:list_instances": listings})


def test_where_no_region_has_an_instance_there_is_none() -> None:
    assert gathered(permission_sets_of_centers, {**answers(), "sso-admin:list_instances": {"Instances": []}}) == []
