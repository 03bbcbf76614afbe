"""Estimates of sweeps, from measurements or else from declarations."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import AwsAccount, ConnectionTest, Organization
from posture.collectors import all_collectors
from posture.core.collector import ListingScope
from posture.history.models import AccountSweep, Snapshot
from posture.orchestration import estimate as module
from posture.orchestration.estimate import SweepPlan, ValueRange, declared, estimate, measured
from posture.pages.sweeps.planning import dollars
from posture.sweep import connection
from tests.browsers import Complaints
from tests.web.markup import squeeze
from tests.web.world import World

pytestmark = pytest.mark.django_db

URL = "/sweeps/estimate/"


def swept(world: World, by_region: Mapping[str, int], seconds: float = 100) -> Snapshot:
    """Record a complete sweep with so many calls per account and region."""
    end = timezone.now()
    snapshot = Snapshot.objects.create(
        organization=world.organization,
        as_of=end,
        started_at=end - timedelta(seconds=seconds),
        ended_at=end,
        state="complete",
        trigger="person",
    )
    for account in (world.ours, world.theirs):
        kept = {region: [calls, 0, 0, 1.0] for region, calls in by_region.items()}
        AccountSweep.objects.create(snapshot=snapshot, account=account, state="done", by_region=kept)
    return snapshot


def test_without_a_sweep_the_collectors_declarations_are_multiplied(world: World) -> None:
    every = [one for one in all_collectors().values() if not one.kubernetes]
    listings = {scope: sum(1 for one in every if one.scope is scope) for scope in ListingScope}
    actions = {scope: sum(len(one.actions) for one in every if one.scope is scope) for scope in ListingScope}
    found = estimate(SweepPlan(world.organization, regions=["eu-west-1", "eu-central-1", "us-east-1"]))
    assert (found.accounts, found.regions, found.measured_at) == (2, 3, None)
    assert (
        found.calls.low
        == 2 * (listings[ListingScope.GLOBAL] + 3 * listings[ListingScope.REGIONAL])
        + listings[ListingScope.ORGANIZATION]
    )
    most = 2 * (actions[ListingScope.GLOBAL] + 3 * actions[ListingScope.REGIONAL]) + actions[ListingScope.ORGANIZATION]
    assert found.calls.high == module.DETAILS * most
    assert found.seconds == ValueRange(found.calls.low / module.FAST, found.calls.high / module.SLOW)


def test_a_measured_sweep_shows_what_regions_more_or_fewer_would_cost(world: World) -> None:
    # 100 a region, and 50 in the region that answers for the global services besides.
    swept(world, {"us-east-1": 150, "eu-west-1": 100, "eu-central-1": 100}, seconds=70)
    same = estimate(SweepPlan(world.organization))
    assert same.regions == 3
    assert (same.calls.low, same.calls.high) == pytest.approx((700, 700))
    assert same.measured_at
    assert same.seconds.low == pytest.approx(700 / 13)
    assert same.seconds.high == pytest.approx(700 / 7)
    fewer = estimate(SweepPlan(world.organization, regions=["eu-west-1"]))
    assert fewer.calls.high == pytest.approx(2 * 150)


def test_a_sweep_that_did_not_count_is_nothing_to_go_by(world: World) -> None:
    snapshot = swept(world, {})
    assert measured(world.organization) is None
    assert estimate(SweepPlan(world.organization)).measured_at is None
    swept(world, {"us-east-1": 10})
    assert measured(world.organization)
    Snapshot.objects.exclude(pk=snapshot.pk).update(state="failed")
    assert measured(world.organization) is None


def test_accounts_are_those_that_are_asked(world: World) -> None:
    AwsAccount.objects.filter(pk=world.theirs.pk).update(state=AwsAccount.State.SUSPENDED)
    assert estimate(SweepPlan(world.organization)).accounts == 1


def test_before_discovery_the_connection_test_has_counted_them(world: World) -> None:
    draft = Organization.objects.create(name="New", root_account_id="999999999999")
    assert estimate(SweepPlan(draft)).accounts is None
    source = Path(connection.__file__).read_text(encoding="utf-8")
    assert '"Accounts", True, f"{len(accounts)} accounts, {len(active)} of them active."' in source
    steps = [{"name": "Accounts", "ok": True, "detail": "40 accounts, 31 of them active."}]
    ConnectionTest.objects.create(organization=draft, steps=steps, succeeded=False)
    assert estimate(SweepPlan(draft)).accounts is None
    ConnectionTest.objects.create(organization=draft, steps=steps, succeeded=True)
    assert estimate(SweepPlan(draft)).accounts == 31
    assert estimate(SweepPlan(draft, is_single=True)).accounts == 1


def test_the_house_rule_of_thumb_comes_out() -> None:
    """1,000 accounts in 17 regions cost $10 of GuardDuty and $50 of a second trail."""
    calls = ValueRange(2_550_000, 2_550_000)
    found = module.Estimate(1000, 17, calls, ValueRange(1, 1), None)
    assert found.guardduty.high == pytest.approx(10.2)
    assert found.trail.high == pytest.approx(51)
    price = declared()
    assert price.a_region.low < 150 < price.a_region.high


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.001, 0.004, "less than a cent"),
        (0.001, 0.02, "$0.00 to $0.02"),
        (3.111, 3.112, "about $3.11"),
        (12.3, 51.4, "$12 to $51"),
        (1234, 45678, "$1,200 to $46,000"),
    ],
)
def test_money_is_never_worded_more_exactly_than_it_is_known(low: float, high: float, words: str) -> None:
    assert dollars(ValueRange(low, high)) == words


def text(client: Client, **query: Any) -> str:
    answer = client.get(URL, query)
    assert answer.status_code == 200
    return squeeze(answer.content.decode())


def test_the_fragment_follows_what_is_typed_and_survives_what_is_half_typed(world: World, client: Client) -> None:
    client.force_login(world.admin)
    shown = text(client, organization=world.organization.pk, regions="eu-west-1, us-east-1", sweep_every_hours="6")
    assert "A sweep of 2 accounts takes" in shown
    assert "2 regions an account" in shown
    assert "one sweep every 6 hours" in shown
    assert "A month" in shown
    assert "what the collectors declare" in shown
    for hours in ("", "x", "-1", "99999", "٣", "6.5"):
        assert "on demand alone" in text(client, organization=world.organization.pk, sweep_every_hours=hours)
    assert "17 regions" in text(client, organization=world.organization.pk, regions="eu-, <b>")
    assert "A sweep of 1 account takes" in text(client, kind="account", sweep_every_hours="24")
    china = text(client, kind="organization", partition="aws-cn")
    assert "2 regions an account; the connection test counts the accounts" in china
    assert "17 regions an account" in text(client, partition="elsewhere")


def test_a_schedule_that_is_too_tight_is_said(world: World, client: Client) -> None:
    swept(world, {"us-east-1": 10, "eu-west-1": 10}, seconds=3600)
    client.force_login(world.admin)
    assert "may not have ended when the next is due" in text(
        client, organization=world.organization.pk, sweep_every_hours="1"
    )
    assert "may not have ended" not in text(client, organization=world.organization.pk, sweep_every_hours="24")


@pytest.mark.parametrize("asked", ["999", "x", "٣"])
def test_an_organization_that_is_not_there_is_not_found(world: World, client: Client, asked: str) -> None:
    client.force_login(world.admin)
    assert client.get(URL, {"organization": asked}).status_code == 404


def test_the_estimate_is_shown_before_the_first_sweep_and_before_a_schedule_is_saved(
    world: World, client: Client
) -> None:
    client.force_login(world.admin)
    place = f'hx-get="{URL}?organization={world.organization.pk}"'
    assert place in client.get(reverse("sweeps:list")).content.decode()
    assert place in client.get(reverse("onboarding:settings", args=[world.organization.pk])).content.decode()
    assert f'hx-get="{URL}"' in client.get(reverse("onboarding:new")).content.decode()
    test = ConnectionTest.objects.create(
        organization=world.organization, steps=[], succeeded=True, ended_at=timezone.now()
    )
    done = client.get(reverse("onboarding:test", args=[world.organization.pk, test.pk])).content.decode()
    assert place in done
    assert done.index(place) < done.index("Connect and sweep")
    swept(world, {"us-east-1": 10})
    assert place not in client.get(reverse("sweeps:list")).content.decode()
    client.force_login(world.executive)
    assert place not in client.get(reverse("sweeps:list")).content.decode()


@pytest.mark.django_db(transaction=True)
def test_it_changes_while_one_types_and_nothing_typed_is_lost(
    world: World, live: str, log_in: Callable[[Any], Page], axe: Callable[[Page], None], complaints: Complaints
) -> None:
    complaints.expect("preload")
    page = log_in(world.admin)
    page.goto(live + reverse("onboarding:settings", args=[world.organization.pk]))
    shown = page.locator("#estimate")
    expect(shown).to_contain_text("17 regions an account", timeout=20_000)
    page.get_by_label("Regions").fill("eu-west-1")
    expect(shown).to_contain_text("1 region an account", timeout=20_000)
    page.get_by_label("Hours between sweeps").fill("3")
    expect(shown).to_contain_text("one sweep every 3 hours", timeout=20_000)
    expect(page.get_by_label("Regions")).to_have_value("eu-west-1")
    axe(page)


def test_the_documentation_gives_the_prices_with_source_and_date() -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "observability.md").read_text(encoding="utf-8")
    assert f"${module.GUARDDUTY_DOLLARS * 1_000_000:.2f} per million" in page
    assert f"${module.TRAIL_DOLLARS * 100_000:.2f} per 100,000" in page
    assert re.search(r"November 2026", page)


def test_a_sweep_that_kept_daily_types_is_no_measure_of_one_that_reads_them(world: World) -> None:
    swept(world, {"us-east-1": 150, "eu-west-1": 100})
    ordinary = swept(world, {"us-east-1": 90, "eu-west-1": 60})
    ordinary.account_sweeps.update(full_read_at=ordinary.as_of - timedelta(hours=6))
    found = measured(world.organization)
    assert found
    assert found.a_region == ValueRange(100, 100)
