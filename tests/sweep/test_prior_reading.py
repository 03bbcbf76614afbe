"""A sweep asks for all listings but those that it was given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from posture.checks import all_checks
from posture.collectors import all_collectors
from posture.core.collector import Cadence, Collector, ListingScope
from posture.core.gap import ANY
from posture.core.population import Population
from posture.core.prior_reading import PriorReading
from posture.core.resource import Resource
from posture.core.sweep import AccountResult
from posture.sweep import Target, sweep
from posture.sweep.reader import reader_digest
from tests.sweep.conftest import ACCOUNT, GLOBAL_SECRETS, SECRETS, declared, role_in, secrets_of
from tests.sweep.fake_aws import Call, FakeAws, query_error

Swept = Callable[..., AccountResult]
THEN = datetime(2026, 11, 30, 12, tzinfo=UTC)
DAILY = declared(secrets_of, "DailySecret", cadence=Cadence.DAILY)
HOME, AWAY = "eu-central-1", "eu-west-1"


@pytest.fixture(autouse=True)
def _answers(aws: FakeAws) -> None:
    def secrets(call: Call) -> dict[str, Any]:
        arn = f"arn:aws:secretsmanager:{call.region}:{ACCOUNT}:secret:new"
        return {"SecretList": [{"ARN": arn, "Name": "new"}]}

    aws.regions = (HOME, AWAY)
    aws.on["secretsmanager:ListSecrets"] = secrets
    aws.on["secretsmanager:GetResourcePolicy"] = {"ResourcePolicy": "{}"}


def kept(kind: str, region: str = HOME) -> Resource:
    arn = f"arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:old"
    return Resource(kind, arn, ACCOUNT, region, "old", {"Name": "old"})


def given(listings: dict[tuple[str, str], list[Resource]]) -> Target:
    return Target(ACCOUNT, role_in(ACCOUNT), prior=PriorReading(THEN, listings))


def test_a_kept_listing_is_not_asked_and_what_it_returned_is_in_the_result(aws: FakeAws, swept: Swept) -> None:
    old = kept("AWS::Test::DailySecret")
    listings = {("AWS::Test::DailySecret", HOME): [old], ("AWS::Test::DailySecret", AWAY): list[Resource]()}

    result = swept(DAILY, target=given(listings))

    assert result.resources == [old]
    assert not [call for call in aws.calls if call.service == "secretsmanager"]
    assert set(result.reused) == listings.keys()
    assert result.reused_from == THEN
    assert "AWS::Test::DailySecret" in result.swept_types
    assert not result.gaps


def test_a_region_that_was_not_kept_is_asked(aws: FakeAws, swept: Swept) -> None:
    result = swept(DAILY, target=given({("AWS::Test::DailySecret", HOME): []}))

    assert [(each.region, each.name) for each in result.resources] == [(AWAY, "new")]
    assert set(result.reused) == {("AWS::Test::DailySecret", HOME)}


def test_a_type_that_is_listed_once_is_kept_for_the_account(swept: Swept) -> None:
    old = kept("AWS::Test::GlobalSecret", "global")

    result = swept(GLOBAL_SECRETS, SECRETS, target=given({("AWS::Test::GlobalSecret", ANY): [old]}))

    assert old in result.resources
    assert {each.name for each in result.resources if each.type == "AWS::Test::Secret"} == {"new"}


def test_regions_that_are_swept_no_more_are_not_kept(aws: FakeAws, swept: Swept) -> None:
    aws.regions = (HOME,)
    listings = {("AWS::Test::DailySecret", AWAY): [kept("AWS::Test::DailySecret", AWAY)]}

    assert all(each.region == HOME for each in swept(DAILY, target=given(listings)).resources)


def test_an_account_that_refuses_the_role_keeps_nothing(aws: FakeAws, swept: Swept) -> None:
    aws.on["sts:AssumeRole"] = query_error("AccessDenied", "no")

    result = swept(DAILY, target=given({("AWS::Test::DailySecret", HOME): [kept("AWS::Test::DailySecret")]}))

    assert result.refused
    assert not result.reused


def test_a_sweep_without_a_prior_reading_asks_for_everything(swept: Swept) -> None:
    result = swept(DAILY)

    assert len(result.resources) == 2
    assert not result.reused
    assert result.reused_from is None


@pytest.mark.parametrize(
    "rest", [{"scope": ListingScope.ORGANIZATION}, {"population": Population(lambda *_: None, apart=())}]
)
def test_what_is_replaced_all_the_time_and_what_an_organization_has_is_read_at_every_sweep(rest: Any) -> None:
    with pytest.raises(ValueError, match="every sweep"):
        declared(secrets_of, "Secret", cadence=Cadence.DAILY, **rest)


def test_the_library_reads_everything_each_time(aws: FakeAws) -> None:
    session = boto3.Session(aws_access_key_id="AKIA999999999999", aws_secret_access_key="s")
    role, chosen = f"arn:aws:iam::{ACCOUNT}:role/audit", {DAILY.resource_type: DAILY}

    for _ in range(2):
        aws.calls.clear()
        result = sweep(session, role_arn=role, endpoint_url=aws.url, collectors=chosen)
        assert {call.region for call in aws.calls if call.operation == "ListSecrets"} == {HOME, AWAY}
        assert len(result.resources) == 2


def test_another_declaration_is_another_reader() -> None:
    one = reader_digest([DAILY, SECRETS])

    assert reader_digest([SECRETS, DAILY]) == one
    assert reader_digest([replace(DAILY, ignored=("Name",)), SECRETS]) != one
    assert reader_digest([replace(DAILY, cadence=Cadence.EVERY_SWEEP), SECRETS]) != one
    assert reader_digest([DAILY]) == one, "what is read at every sweep is read by the new code anyway"


def _daily() -> list[Collector]:
    return [each for each in all_collectors().values() if each.cadence is Cadence.DAILY]


def test_nothing_that_exposes_is_read_once_a_day() -> None:
    exposing = {check.resource_type for check in all_checks().values() if check.exposes}

    assert not [each.resource_type for each in _daily() if each.resource_type in exposing]


def test_checks_of_what_is_read_at_every_sweep_need_nothing_that_is_read_once_a_day() -> None:
    """Else a new resource would be judged without its neighbors of the same hour."""
    daily = {each.resource_type for each in _daily()}
    needed = {
        (check.id, kind) for check in all_checks().values() for kind in check.needs if check.resource_type not in daily
    }

    assert not [each for each in needed if each[1] in daily]
