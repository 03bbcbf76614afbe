"""A field that AWS refuses is a gap of its own, shown wherever gaps are.

Of any date.
"""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from posture.core.gap import GapReason
from posture.core.resource import Resource
from posture.core.unread import Refusal
from posture.core.values import Unknown
from posture.history import query as query_module
from posture.history.models import AccountSweep, AnyGap, Snapshot
from posture.history.scope import Scope
from posture.history.upkeep.finish import finish_snapshot
from posture.observability import readings
from tests.history.world import sweep
from tests.web.world import World

pytestmark = pytest.mark.django_db

BUCKET = "AWS::S3::Bucket"
ACTION = "s3:GetBucketPolicy"
REFUSED = Unknown(ACTION, "AccessDenied", GapReason.ROLE_POLICY)
CURE = "Allow s3:GetBucketPolicy in the policies of the sweep's role."
HOME = "/"


def bucket(name: str, policy: Any) -> Resource:
    return Resource(BUCKET, f"arn:aws:s3:::{name}", "", "eu-central-1", name, {"Name": name, "Policy": policy})


def record(world: World, at: datetime, policies: list[Any]) -> None:
    """Sweep the owner's account, whose buckets have these policies."""
    found = [bucket(f"b-{number}", policy) for number, policy in enumerate(policies)]
    refusals = {REFUSED: Refusal("not authorized", CURE, "req-1")}
    recorded = sweep(world.ours, at, found, swept_types=(BUCKET,), regions=("eu-central-1",), refusals=refusals)
    part = AccountSweep.objects.filter(account=world.ours, snapshot__as_of=at)
    part.update(gap_count=recorded.gaps, started_at=at, ended_at=at)
    snapshot = part.get().snapshot
    Snapshot.objects.filter(pk=snapshot.pk).update(ended_at=at, state=Snapshot.State.RUNNING)
    finish_snapshot(snapshot)


@pytest.fixture
def history(world: World) -> tuple[datetime, datetime]:
    """All could be read three days ago.

    Two of three policies were refused two hours ago.
    """
    before, now = timezone.now() - timedelta(days=3), timezone.now() - timedelta(hours=2)
    record(world, before, [None, None, None])
    record(world, now, [REFUSED, REFUSED, None])
    return before, now


def get(client: Client, url: str, **query: str) -> str:
    response = client.get(url, query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_gaps_page_shows_the_field_with_its_cure(
    world: World, client: Client, history: tuple[datetime, datetime]
) -> None:
    client.force_login(world.owner)
    text = get(client, reverse("sweeps:gaps"))
    assert "<h2>No gaps</h2>" not in text
    assert ACTION in text
    assert "on 2 resources" in text
    assert "the sweep&#x27;s role" in text
    assert "req-1" in text
    assert "67 %" in text, "two of three buckets were seen in part"


def test_a_past_date_shows_what_could_not_be_read_then(
    world: World, client: Client, history: tuple[datetime, datetime]
) -> None:
    client.force_login(world.owner)
    past = (history[0] + timedelta(hours=1)).isoformat()
    assert "<h2>No gaps</h2>" in get(client, reverse("sweeps:gaps"), as_of=past)
    assert "nowhere" in get(client, reverse("permissions:list"), q=ACTION, as_of=past)
    record(world, timezone.now(), [None, REFUSED, None])
    assert "on 1 resource" in get(client, reverse("sweeps:gaps"))
    assert "on 2 resources" in get(client, reverse("sweeps:gaps"), as_of=history[1].isoformat())


def test_another_owner_sees_none_of_it(world: World, client: Client, history: tuple[datetime, datetime]) -> None:
    client.force_login(world.stranger)
    for url in (
        reverse("sweeps:gaps"),
        reverse("permissions:detail", args=[ACTION]),
        HOME,
        reverse("dashboard:period"),
    ):
        assert "payments" not in get(client, url)
        assert "on 2 resources" not in get(client, url)


def test_the_permissions_pages_name_the_account(
    world: World, client: Client, history: tuple[datetime, datetime]
) -> None:
    client.force_login(world.owner)
    assert "1 account" in get(client, reverse("permissions:list"), q=ACTION, refused="1")
    detail = get(client, reverse("permissions:detail", args=[ACTION]))
    assert "payments" in detail
    assert "of 2 resources" in detail


def test_the_period_counts_the_account(world: World, client: Client, history: tuple[datetime, datetime]) -> None:
    client.force_login(world.owner)
    assert "could not be seen</a>" in get(client, HOME)
    text = get(client, reverse("dashboard:period"))
    assert "in 1 account: payments" in text
    assert f"{ACTION} failed with AccessDenied" in text, "that it was lost is among what got worse"


def test_the_strip_names_action_and_account(world: World, client: Client, history: tuple[datetime, datetime]) -> None:
    client.force_login(world.owner)
    text = get(client, reverse("findings:list"))
    assert "Fields could not be read on 2 resources in 1 account (payments)" in text
    record(world, timezone.now(), [None, None, None])
    assert "Fields could not be read" not in get(client, reverse("findings:list"))


def test_an_account_of_which_nearly_nothing_was_read_is_on_the_strip(world: World, client: Client) -> None:
    record(world, timezone.now() - timedelta(hours=1), [REFUSED, REFUSED])
    client.force_login(world.owner)
    assert "Nearly nothing could be read in 1 account (payments)" in get(client, reverse("findings:list"))


def test_account_sweep_and_inventory_pages_show_it(
    world: World, client: Client, history: tuple[datetime, datetime]
) -> None:
    client.force_login(world.owner)
    account = get(client, reverse("organization:account", args=[world.ours.account_id]))
    assert ACTION in account
    assert "a field of 2 resources" in account
    last = Snapshot.objects.latest("as_of")
    page = get(client, reverse("sweeps:detail", args=[last.pk]))
    assert "listings and fields that could not be read" in page
    assert "1 gap" in get(client, reverse("sweeps:list"))
    assert "On 2 resources in 1 account" in get(client, reverse("inventory:table"), type=BUCKET)


def test_the_export_has_the_count(world: World, client: Client, history: tuple[datetime, datetime]) -> None:
    client.force_login(world.owner)
    response = client.get(reverse("sweeps:gaps"), {"export": "csv"})
    content = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]  # Django's own
    (row,) = csv.DictReader(io.StringIO(content.decode().lstrip("\ufeff")))
    assert row["Resources"] == "2"
    assert ACTION in row.values()


def test_the_blind_share_counts_what_was_seen_in_part(world: World, history: tuple[datetime, datetime]) -> None:
    scope = Scope.of(world.owner, world.organization)
    blind = query_module.load_blind_share(scope)
    assert blind.share == pytest.approx(2 / 3)
    assert [(place.account, place.gaps) for place in blind.accounts] == [(world.ours, 1)]


def test_the_metrics_count_it(world: World, history: tuple[datetime, datetime]) -> None:
    assert [(labels[2:], count) for labels, count in readings.gaps()] == [(("role_policy", "yes"), 1)]


def test_a_count_that_holds_is_one_row(world: World, history: tuple[datetime, datetime]) -> None:
    record(world, timezone.now() - timedelta(hours=1), [REFUSED, REFUSED, None])
    record(world, timezone.now(), [REFUSED, REFUSED, REFUSED])
    rows = AnyGap.objects.order_by("valid_from").values_list("resources", "opened_at")
    assert list(rows) == [(2, history[1]), (3, history[1])]
