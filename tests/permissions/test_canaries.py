"""Secrets left in configuration reach no row, log line, page or export."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, resolve, reverse

from accounts.models import AwsAccount, Organization, Role, User
from posture.collectors import all_collectors
from posture.core.collector import Collector
from posture.core.secret_kinds import SECRET_KINDS
from posture.history.models import AccountSweep, ResourceRecord, Snapshot
from posture.orchestration.engine import engine
from posture.orchestration.requests import request_sweep
from posture.sweep import run
from tests import simulated
from tests.account_sweeps import sweep_part
from tests.permissions import canaries
from tests.simulated import EXTERNAL_ID, KEY, REGION, ROLE_NAME, Estate
from tests.simulator import Simulators
from tests.web.access import matrix

pytestmark = [pytest.mark.simulator, pytest.mark.slow]

SECRETIVE = {
    "AWS::EC2::Instance": {"instance user data", "instance password"},
    "AWS::EC2::LaunchTemplate": {"launch template user data", "user data password"},
    "AWS::EC2::VPNConnection": {"tunnel key"},
    "AWS::Lambda::Function": {"function environment", "function database URL"},
    "AWS::ECS::TaskDefinition": {"container environment", "container command"},
    "AWS::CloudFormation::Stack": {"stack parameter", "stack output", "stack output URL"},
}
"""Types of resources whose secrets AWS gives whoever reads them, and the canaries that a collector without care lets
through."""
RECOGNIZED = {
    "AWS::EC2::Instance": "a text with a password",
    "AWS::EC2::LaunchTemplate": "a text with a password",
    "AWS::Lambda::Function": "a URL with a password",
    "AWS::CloudFormation::Stack": "a URL with a password",
}
"""What some of them looked like to their collector, which is kept in the place of what they are."""
KINDS = (*SECRETIVE, "AWS::SecretsManager::Secret", "AWS::RDS::DBInstance")
"""Types of resources next to which a canary was planted."""


@pytest.fixture(scope="module")
def planted(simulators: Simulators) -> Iterator[Estate]:
    with simulated.estate_in(simulators) as estate:
        canaries.plant(estate, estate.payments)
        yield estate


@pytest.fixture
def estate(planted: Estate, settings: Any, monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[Estate]:
    settings.AWS_ENDPOINT_URL = planted.url
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    engine.cache_clear()
    yield planted
    engine().pool.close()
    engine.cache_clear()


def sweep(estate: Estate) -> AwsAccount:
    """Sweep and record the account in which the canaries are, as a worker does."""
    organization = Organization.objects.create(
        name="Example",
        state=Organization.State.CONNECTED,
        root_account_id=estate.management,
        role_name=ROLE_NAME,
        external_id=EXTERNAL_ID,
        regions=[REGION],
    )
    account = AwsAccount.objects.create(organization=organization, account_id=estate.payments, name="payments")
    snapshot = request_sweep(organization, trigger=Snapshot.Trigger.PERSON)
    part = snapshot.account_sweeps.get(account=account)
    sweep_part(part.pk)
    part.refresh_from_db()
    assert part.state == AccountSweep.State.DONE, part.reason
    return account


def kinds_of(account: AwsAccount, kind: str) -> set[str]:
    """Return the kinds of secrets that are kept of the resources of a type."""
    records = ResourceRecord.objects.filter(account=account, type=kind, valid_to=None)
    return {name for record in records for name in (record.observed or {}).get(SECRET_KINDS, {}).values()}


def starts(account: AwsAccount) -> list[str]:
    """Return where the crawl begins: URLs without arguments, and each resource's page."""
    addresses = []
    for name, row in matrix().items():
        if row.method != "get" or row.admin != 200:
            continue
        try:
            addresses.append(reverse(name))
        except NoReverseMatch:
            continue
    for kind in KINDS:
        record = ResourceRecord.objects.get(account=account, type=kind, valid_to=None)
        addresses.append(reverse("inventory:resource", args=[record.resource_id]))
        addresses.append(f"{reverse('inventory:table')}?type={kind}")
    return [*addresses, *(f"{one}{'&' if '?' in one else '?'}export=csv" for one in addresses)]


def crawl(account: AwsAccount) -> canaries.Crawl:
    client = Client()
    client.force_login(User.objects.create(username="ada", role=Role.ADMIN))
    return canaries.Crawl(client).from_pages(starts(account))


def leaky() -> dict[str, Collector]:
    """All collectors, some of them without their care for secrets."""
    known = all_collectors()
    return {**known, **{kind: replace(known[kind], secret=()) for kind in SECRETIVE}}


def test_no_canary_reaches_a_row_a_log_line_a_page_or_an_export(
    estate: Estate, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "posture")
    caplog.set_level(logging.INFO)

    account = sweep(estate)
    walk = crawl(account)

    assert canaries.in_database() == {}
    assert canaries.found_in(caplog.text) == set()
    assert walk.held == {}
    # None of this says anything unless there was something to look at.
    read = ResourceRecord.objects.filter(account=account, type__in=SECRETIVE, valid_to=None)
    assert {record.type for record in read if "hmac-sha256:" in str(record.config)} == set(SECRETIVE)
    for kind, looks_like in RECOGNIZED.items():
        assert looks_like in kinds_of(account, kind), kind
    assert walk.seen["inventory:resource"] >= len(KINDS)
    assert walk.exports > 5
    assert {resolve(start.partition("?")[0]).view_name for start in starts(account)} <= set(walk.seen)
    assert len(walk.seen) > 30
    assert "posture" in caplog.text


def test_a_collector_without_care_is_found_out(
    estate: Estate, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The search finds what careless collectors let through, in database and pages."""
    monkeypatch.setattr(run, "all_collectors", leaky)

    account = sweep(estate)
    logging.getLogger("posture").warning("the key is %s", canaries.TUNNEL_KEY)
    pages = [
        reverse("inventory:resource", args=[record.resource_id])
        for record in ResourceRecord.objects.filter(account=account, type__in=SECRETIVE)
    ]
    client = Client()
    client.force_login(User.objects.create(username="ada", role=Role.ADMIN))
    held = {where for page in pages for where in canaries.found_in(client.get(page).content.decode())}

    let_through = {where for canary in SECRETIVE.values() for where in canary}
    assert {where for found in canaries.in_database().values() for where in found} == let_through
    assert held == let_through
    assert canaries.found_in(caplog.text) == {"tunnel key"}
