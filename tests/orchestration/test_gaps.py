"""Gaps by cause: what to paste into AWS, when it was hidden before.

"nothing is hidden" only where that is so.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AwsAccount
from posture.core.gap import ANY, Gap, GapReason
from posture.history.models import AccountSweep, GapRecord, Snapshot
from posture.history.scope import Scope
from posture.pages.sweeps import gap_policies
from posture.pages.sweeps.gap_history import DAYS, history
from tests.history.world import sweep
from tests.web import story
from tests.web.world import World

pytestmark = pytest.mark.django_db

VOLUMES, FUNCTIONS = "ec2:DescribeVolumes", "lambda:ListFunctions"


def gap(account: AwsAccount, action: str = VOLUMES, days: float = 3, until: float | None = None, **fields: Any) -> None:
    """Record a gap that opened some days ago.

    Closed some days ago where `until` says so.
    """
    now = timezone.now()
    GapRecord.objects.create(
        account=account, action=action, opened_at=now - timedelta(days=days),
        closed_at=None if until is None else now - timedelta(days=until),
        **{"region": "eu-central-1", "resource_type": "AWS::EC2::Volume", "reason": "role_policy", "blinds": True,
           "error": "AccessDenied", "message": "no", "remedy": "Allow it."} | fields,
    )  # fmt: skip


def page(client: Client, name: str = "sweeps:gaps", *args: str, **query: str) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def pasted(text: str) -> list[str]:
    """Return what the copy buttons of a page copy."""
    return [unescape(one) for one in re.findall(r'<pre id="fix-[^"]*"[^>]*>([^<]*)</pre>', text)]


def test_one_permission_missing_in_forty_accounts_is_one_row_with_its_policy(world: World, client: Client) -> None:
    story.record_story(world)
    GapRecord.objects.all().delete()
    world.add_accounts(40)
    for account in AwsAccount.objects.filter(name__startswith="a-"):
        gap(account)
    client.force_login(world.executive)
    text = page(client)
    assert text.count('class="pl-cause"') == 1
    assert "for 1 cause" in text
    (policy,) = pasted(text)
    (statement,) = json.loads(policy)["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Allow", [VOLUMES])
    assert pasted(page(client, "permissions:detail", VOLUMES)) == [policy]
    assert "2 permissions" not in page(client, "permissions:list")
    assert "1 permission is refused in 40 accounts" in page(client, "permissions:list")


def test_one_policy_allows_all_that_the_role_lacks(world: World, client: Client) -> None:
    story.record_story(world)
    GapRecord.objects.all().delete()
    gap(world.ours)
    gap(world.ours, FUNCTIONS, resource_type="AWS::Lambda::Function")
    gap(world.ours, "s3:ListAllMyBuckets", reason="service_control_policy", resource_type="AWS::S3::Bucket")
    client.force_login(world.executive)
    for text in (page(client), page(client, "permissions:list")):
        whole = next(json.loads(one) for one in pasted(text) if FUNCTIONS in one and VOLUMES in one)
        assert whole["Statement"][0]["Action"] == [VOLUMES, FUNCTIONS]


@pytest.mark.parametrize("reason", list(GapReason))
def test_a_fix_is_offered_where_a_policy_is_the_cause(reason: GapReason, world: World) -> None:
    fix = gap_policies.fix_for(VOLUMES, reason, world.organization)
    if reason in gap_policies.DENIED_ABOVE:
        assert fix
        condition = json.loads("{" + fix.text + "}")["Condition"]
        assert condition == {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/PlumblineReadOnly"}}
    elif reason in gap_policies.ALLOWED_BY_ROLE or reason is GapReason.PERMISSIONS_BOUNDARY:
        assert fix
        assert json.loads(fix.text)["Statement"][0]["Action"] == [VOLUMES]
    else:
        assert fix is None


def test_no_policy_allows_what_the_role_never_asks_for(world: World) -> None:
    assert gap_policies.fix_for("iam:CreateUser", GapReason.ROLE_POLICY, world.organization) is None
    refused = [(VOLUMES, "role_policy"), ("iam:CreateUser", "role_policy")]
    assert gap_policies.fix_for_all(refused, world.organization) is None


def test_a_history_joins_regions_and_keeps_accounts_apart(world: World) -> None:
    gap(world.ours, days=40, until=30)
    gap(world.ours, days=35, until=20, region="us-east-1")
    gap(world.ours, days=3)
    gap(world.theirs, days=25, until=22)
    found = history(Scope.of(world.executive, world.organization), VOLUMES, "role_policy")
    assert found
    spans = [(one.account.name, one.until is None, (timezone.now() - one.since).days) for one in found.stretches]
    assert spans == [("payments", True, 3), ("playground", False, 25), ("payments", False, 40)]
    assert found.title == f"1 account now; at most 2 accounts in {DAYS} days"
    mine = history(Scope.of(world.owner, world.organization), VOLUMES, "role_policy")
    assert mine
    assert {one.account.name for one in mine.stretches} == {"payments"}


def test_a_history_ends_at_the_date_of_the_page(world: World) -> None:
    gap(world.ours, days=40, until=20)
    past = Scope.of(world.executive, world.organization, as_of=timezone.now() - timedelta(days=30))
    found = history(past, VOLUMES, "role_policy")
    assert found
    assert found.stretches[0].until is None
    earlier = Scope.of(world.executive, world.organization, as_of=timezone.now() - timedelta(days=50))
    assert history(earlier, VOLUMES, "role_policy") is None


def test_the_history_says_what_is_shown_as_last_seen(world: World, client: Client) -> None:
    story.record_story(world)
    client.force_login(world.executive)
    assert "shown as last seen" not in page(client, "sweeps:gap_history", action=VOLUMES, reason="role_policy")
    gap(world.theirs)
    denied = Gap("", "eu-central-1", "AWS::EC2::Volume", VOLUMES, GapReason.ROLE_POLICY, "AccessDenied", "no", "Fix.")
    sweep(world.theirs, timezone.now(), (), (denied,), regions=("eu-central-1",), swept_types=("AWS::EC2::Volume",))
    text = page(client, "sweeps:gap_history", action=VOLUMES, reason="role_policy")
    assert "1 resource is shown as last seen" in text


def clear(world: World) -> Snapshot:
    """Record a sweep that read every account, and nothing hidden."""
    last = story.record_story(world)[-1]
    GapRecord.objects.all().delete()
    AccountSweep.objects.update(gap_count=0)
    return last


def test_nothing_is_hidden_only_where_all_was_read(world: World, client: Client) -> None:
    last = clear(world)
    client.force_login(world.executive)
    assert "Nothing is hidden" in page(client)
    AccountSweep.objects.filter(snapshot=last, account=world.theirs).update(state="failed", reason="Out of time.")
    text = page(client)
    assert "Nothing is hidden" not in text
    assert "1 account could not be read" in text
    assert "Out of time." in text
    AccountSweep.objects.filter(snapshot=last).update(state="done")
    AwsAccount.objects.filter(pk=world.theirs.pk).update(state=AwsAccount.State.SUSPENDED)
    text = page(client)
    assert "Nothing is hidden" not in text
    assert "1 account not swept" in text
    client.force_login(world.owner)
    assert "Nothing is hidden" in page(client), "another's account is no business of the owner's"


def test_all_gaps_are_folded_until_they_are_asked_for(world: World, client: Client) -> None:
    story.record_story(world)
    gap(world.ours, region=ANY)
    client.force_login(world.executive)
    assert re.search(r'id="all-gaps">', page(client))
    assert re.search(r'id="all-gaps" open>', page(client, q=VOLUMES))
