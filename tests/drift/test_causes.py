"""Causes of a score change: points, and links to what made them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from posture.core.attribution import Cause
from posture.history import query as history
from posture.history.models import AccountPoint, FindingRecord
from posture.history.scope import Scope
from posture.history.triage import accept_risk
from posture.web.templatetags.words import MINUS, day
from tests.web import story
from tests.web.world import World

pytestmark = pytest.mark.django_db


def ago(days: float) -> str:
    return (timezone.now() - timedelta(days=days)).isoformat()


def shown(client: Client, name: str, query: dict[str, str], **kwargs: Any) -> str:
    response = client.get(reverse(f"drift:{name}", kwargs=kwargs), query)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def parts_of(text: str) -> list[tuple[str, str, str]]:
    """Return title, address and class of each link of the chart."""
    (found,) = re.findall(r'<svg class="pl-drawing pl-attribution"[^>]*width="1118".*?</svg>', text, re.DOTALL)
    drawing = ET.fromstring(found)  # noqa: S314 - our own markup
    links = [one for one in drawing if one.get("class") == "pl-attribution-link"]
    return [
        (one.findtext("title") or "", one.get("href", ""), " ".join(part.get("class", "") for part in one))
        for one in links
    ]


def points_in(words: str) -> float:
    """Return the signed points in a title."""
    found = re.findall(r"([+\N{MINUS SIGN}]\d+\.\d)", words)
    return float(found[-1].replace(MINUS, "-")) if found else 0.0


def test_the_parts_go_from_the_one_score_to_the_other(world: World, client: Client) -> None:
    story.record_story(world)
    client.force_login(world.owner)
    text = shown(client, "drift", {"since": ago(40)})
    parts = parts_of(text)
    scope = Scope.of(world.owner, world.organization)
    bridge = history.attribute_score(scope, timezone.now() - timedelta(days=40), timezone.now())
    assert bridge.before is not None
    assert bridge.after is not None
    assert bridge.part(Cause.FIXED).low > 0
    assert bridge.part(Cause.VISIBILITY).low < 0
    groups = [title for title, _, classes in parts if "pl-attribution-name" in classes]
    assert [title.split(":")[0] for title in groups] == ["Fixed", "New resources", "Visibility"]
    single = [title for title, _, classes in parts if "pl-attribution-part" in classes]
    for some in (groups, single):
        moved = sum(points_in(title) for title in some)
        assert moved == pytest.approx(round(bridge.after.low, 1) - round(bridge.before.low, 1), abs=1e-6)
    assert f"from {bridge.before.low:.1f} to {bridge.after.low:.1f}" in text


def test_each_part_leads_to_what_made_it(world: World, client: Client) -> None:
    story.record_story(world)
    client.force_login(world.owner)
    parts = parts_of(shown(client, "drift", {"since": ago(40)}))
    pages = {title.split(":")[0]: client.get(url).content.decode() for title, url, _ in parts if url}
    assert "vol-1" in pages["Fixed"]
    assert "vol-3" in pages["New resources"]
    assert "ec2:DescribeSnapshots" in pages["Visibility"]
    assert all("payments" in page and "playground" not in page for page in pages.values())


def test_parts_are_named_by_checks_accounts_and_resources(world: World, client: Client) -> None:
    story.record_story(world)
    client.force_login(world.executive)
    text = shown(client, "drift", {"since": ago(40)})
    titles = [title for title, _, classes in parts_of(text) if "pl-attribution-part" in classes]
    assert any(title.startswith("EBS volume is encrypted") and "payments · 1 finding" in title for title in titles)
    assert any("1 listing no longer readable" in title and "EC2 Snapshot" in title for title in titles)
    assert "Largest causes" in text


def test_what_moved_the_score_is_named_largest_first(world: World, client: Client) -> None:
    story.record_story(world)
    client.force_login(world.owner)
    text = shown(client, "why", {"since": ago(40)})
    points = [
        abs(float(one.replace(MINUS, "-"))) for one in re.findall(r"<h3> <strong>([+\N{MINUS SIGN}][\d.]+)", text)
    ]
    assert points == sorted(points, reverse=True)
    assert len(points) == 3
    fixed = FindingRecord.objects.get(account=world.ours, resource_name="vol-1", close_reason="changed")
    assert f'href="/findings/{fixed.finding_id}/' in text
    for words in ("EBS volume is not encrypted", "vol-1", "vol-3", "payments: 1 listing can no longer be read"):
        assert words in text
    assert "most in" not in text, "of one account it goes without saying"
    client.force_login(world.executive)
    everywhere = shown(client, "why", {"since": ago(40)})
    assert 'most in <a href="/drift/?' in everywhere
    assert ">payments</a>" in everywhere


def test_what_people_set_aside_is_a_part_of_its_own(world: World, client: Client) -> None:
    story.record_story(world)
    finding = FindingRecord.objects.filter(account=world.ours, status="fail", closed_at=None)[0]
    before = history.load_score(Scope.of(world.owner, world.organization))
    accept_risk(world.owner, finding, "A scratch disk.", timezone.now() + timedelta(days=30))
    scope = Scope.of(world.owner, world.organization)
    after = history.load_score(scope)
    assert before is not None
    assert after is not None
    bridge = history.attribute_score(scope, timezone.now() - timedelta(days=40), timezone.now())
    assert bridge.part(Cause.DECIDED).low == pytest.approx(after.low - before.low)
    assert (bridge.unattributed.low, bridge.unattributed.high) == pytest.approx((0, 0), abs=1e-9)
    client.force_login(world.owner)
    text = shown(client, "cause", {"since": ago(40)}, cause="decided")
    assert "A scratch disk." in text
    assert finding.resource_name in text


def test_what_was_recorded_before_causes_were_kept_is_said(world: World, client: Client) -> None:
    story.record_story(world)
    AccountPoint.objects.update(causes=None)
    client.force_login(world.owner)
    parts = parts_of(shown(client, "drift", {"since": ago(40)}))
    assert {title.split(":")[0].split(MINUS)[0].strip() for title, *_ in parts} == {"Before causes were recorded"}


def test_the_score_with_the_denominators_of_the_start_knows_fixes_and_regressions_alone(
    world: World, client: Client
) -> None:
    """Volume 1 was fixed; volume 3 and the lost listing did not count at the start."""
    story.record_story(world)
    scope = Scope.of(world.owner, world.organization)
    since = timezone.now() - timedelta(days=40)
    held = history.compute_cohort_score(scope, since, timezone.now())
    fixed = history.load_score(Scope.of(world.owner, world.organization, as_of=timezone.now() - timedelta(days=10)))
    assert held is not None
    assert fixed is not None
    assert held.low == pytest.approx(fixed.low)
    client.force_login(world.owner)
    part = client.get(reverse("drift:held"), {"since": ago(40)}, headers={"HX-Request": "true"}).content.decode()
    part = re.sub(r"\s+", " ", part)
    assert f"Counting only what was fixed and what regressed since {day(since)}, the score would be <strong>" in part
    assert f"<strong>{held.low:.1f}</strong>" in part
    assert "<html" not in part
    assert "<html" in shown(client, "held", {"since": ago(40)})


def test_without_a_score_at_both_ends_there_is_no_bridge(world: World, client: Client) -> None:
    snapshots = story.record_story(world)
    AccountPoint.objects.filter(at=snapshots[0].as_of).update(low=None, high=None)
    client.force_login(world.owner)
    text = shown(client, "drift", {"since": ago(40)})
    assert "There was no score on" in text
    assert "pl-attribution" not in text
    assert "no score at both ends" in shown(client, "cause", {"since": ago(40)}, cause="fixed")


def test_a_cause_that_is_none_is_not_found(world: World, client: Client) -> None:
    client.force_login(world.owner)
    assert client.get("/drift/why/magic/").status_code == 404


@pytest.mark.parametrize("cause", list(Cause))
def test_a_parts_page_takes_no_more_queries_for_more_accounts(
    cause: Cause, world: World, client: Client, django_assert_max_num_queries: Any
) -> None:
    story.record_story(world)
    world.add_accounts(30)
    client.force_login(world.executive)
    with django_assert_max_num_queries(45):
        shown(client, "cause", {"since": ago(40)}, cause=cause)
