"""A region closed by a guardrail is one line, and counts in the blind share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AwsAccount
from posture.core.gap import GapReason
from posture.history.models import GapRecord
from posture.history.query import all_gaps
from posture.history.query.closures import CLOSED_REGION_MIN_TYPES, exclude_closures, list_closures
from posture.history.scope import Scope
from tests.web.world import World

pytestmark = pytest.mark.django_db

SCP = GapReason.SERVICE_CONTROL_POLICY
MESSAGE = (
    "User: x is not authorized to perform: y with an explicit deny in a service control policy: "
    "arn:aws:organizations::111111111111:policy/o-a1b2c3d4e5/service_control_policy/{}"
)


def close(
    account: AwsAccount, region: str, policy: str = "p-guard123", types: int = CLOSED_REGION_MIN_TYPES + 3
) -> None:
    GapRecord.objects.bulk_create(
        GapRecord(
            account=account,
            region=region,
            resource_type=f"AWS::Test::Type{number:02}",
            action=f"test:ListType{number:02}",
            reason=SCP,
            error="AccessDenied",
            message=MESSAGE.format(policy) if policy else "no service control policy allows it",
            remedy="Let the policy spare the role.",
            blinds=True,
            opened_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        for number in range(types)
    )


def gap(account: AwsAccount, region: str, reason: GapReason = GapReason.ROLE_POLICY) -> GapRecord:
    return GapRecord.objects.create(
        account=account,
        region=region,
        resource_type="AWS::Test::Other",
        action="test:ListOthers",
        reason=reason,
        error="AccessDenied",
        blinds=True,
        opened_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def scope(world: World) -> Scope:
    return Scope.of(world.admin, world.organization)


def test_a_closed_region_is_one_fact_for_account_and_region(world: World) -> None:
    close(world.ours, "eu-west-3")
    close(world.ours, "sa-east-1")
    close(world.theirs, "eu-west-3", policy="")

    assert [(one.account, one.region, one.policy) for one in list_closures(scope(world))] == [
        (world.theirs, "eu-west-3", ""),
        (world.ours, "eu-west-3", "p-guard123"),
        (world.ours, "sa-east-1", "p-guard123"),
    ]


def test_a_few_refused_types_are_no_closed_region(world: World) -> None:
    close(world.ours, "eu-west-3", types=CLOSED_REGION_MIN_TYPES - 1)

    assert list_closures(scope(world)) == []
    assert exclude_closures(all_gaps(scope(world))).count() == CLOSED_REGION_MIN_TYPES - 1


def test_what_a_closed_region_covers_is_not_listed_and_all_else_is(world: World) -> None:
    close(world.ours, "eu-west-3")
    others = {gap(world.ours, "eu-west-3"), gap(world.ours, "eu-central-1"), gap(world.theirs, "*", SCP)}

    kept = exclude_closures(all_gaps(scope(world)))
    assert {(one.account, one.region, one.reason) for one in kept} == {
        (one.account, one.region, one.reason) for one in others
    }


def test_the_page_says_it_once_and_names_the_policy(
    world: World, client: Client, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for region in ("eu-west-3", "sa-east-1"):
        close(world.ours, region)
        close(world.theirs, region)
    client.force_login(world.admin)

    with django_assert_max_num_queries(25):
        page = client.get(reverse("sweeps:gaps")).content.decode()

    assert page.count("<code>p-guard123</code>") == 1
    assert "eu-west-3, sa-east-1: closed by policy" in page
    assert "AWS::Test::Type01" not in page

    client.force_login(world.owner)
    page = client.get(reverse("sweeps:gaps")).content.decode()
    assert world.ours.name in page
    assert world.theirs.name not in page


def test_the_gaps_behind_it_are_listed_when_asked_for(world: World, client: Client) -> None:
    close(world.ours, "eu-west-3")
    client.force_login(world.admin)

    assert "test:ListType01" not in client.get(reverse("sweeps:gaps"), {"q": "ListType01"}).content.decode()
    page = client.get(reverse("sweeps:gaps"), {"every": "1", "q": "ListType01"}).content.decode()

    assert "test:ListType01" in page
    assert '<input type="hidden" name="every" value="1">' in page, "filtering keeps them"
