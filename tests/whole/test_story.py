"""The demo's story, swept through the queue.

Each person sees it in a browser on the right dates.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from devtools.simulator.declared import Declared
from devtools.simulator.simulator import Simulator
from tests.conftest import ROOT, Worker

SWEPT = (0, 2, 5, 8, 13)
"""The first week, letters opened, letters closed, visibility lost, and now: enough to see each come and go."""
UNWATCHED = (
    "network-hub",
    "shared-services",
    "backup-vault",
    "payments-dev",
    "data-lake-dev",
    "clinic-records-dev",
    "sandbox-ines",
    "sandbox-platform",
)
"""Accounts in which nothing happens that is looked for: closed after the first sweep, they are swept no more."""


def record_story(environment: dict[str, str], worker: Worker, simulator: Simulator) -> dict[int, date]:
    """Run the demo and return the date of each swept week."""
    from accounts.models import Organization
    from posture.history.models import Snapshot

    onboard_one_region()
    demo(environment, worker, "--once")
    close_unwatched(simulator)
    demo(environment, worker, "--sweep-weeks", ",".join(map(str, SWEPT)))
    assert Organization.objects.count() == 1, "the demo takes up the organization that is there"
    dates = [snapshot.as_of.date() for snapshot in Snapshot.objects.order_by("as_of")]
    return dict(zip(SWEPT, dates, strict=True))


def demo(environment: dict[str, str], worker: Worker, *options: str) -> None:
    """Run the command that plays the story and has it swept."""
    command = [sys.executable, str(ROOT / "manage.py"), "demo", *options]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    log = worker.log.read_text(errors="replace")[-2000:]
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{log}"


def close_unwatched(simulator: Simulator) -> None:
    """Close accounts at AWS, as their owner would: no sweep asks them any more."""
    declared = Declared.read()
    organizations = simulator.client("organizations", declared.organization["management"])
    for name in UNWATCHED:
        organizations.close_account(AccountId=declared.by_name[name].id)


def onboard_one_region() -> None:
    """Onboard the demo's organization with the one region that the test needs."""
    from accounts.models import Organization

    facts = Declared.read().organization
    Organization.objects.create(
        name="Alder & Finch",
        state=Organization.State.CONNECTED,
        root_account_id=facts["management"],
        role_name=facts["role"],
        external_id=facts["external_id"],
        regions=["eu-central-1"],
        is_simulated=True,
    )


def log_in_by_form(page: Page, live: str, login: str) -> None:
    """Log in as a persona of the demo, by the form."""
    from devtools.simulator.people import PERSONAS, password_of

    persona = next(one for one in PERSONAS if one.login == login)
    page.context.clear_cookies()
    page.goto(f"{live}{reverse('accounts:login')}")
    page.get_by_label("Username").fill(login)
    page.get_by_label("Password").fill(password_of(persona))
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda url: "login" not in url)


def changed(page: Page, live: str, kind: str, since: date, until: date) -> str:
    """Return what the drift page's list of a kind of change says of a period."""
    url = reverse("drift:list", kwargs={"kind": kind})
    page.goto(f"{live}{url}?since={since}&until={until}&per_page=200")
    return page.locator("main").inner_text()


@pytest.mark.slow
def test_the_story_is_seen_by_each_person_on_the_right_dates(
    simulator: Simulator,
    environment: dict[str, str],
    at_work: Worker,
    live: str,
    page: Page,
    complaints: Any,
    axe: Any,
) -> None:
    """Planted events are on the drift page between the sweeps that saw them.

    Nowhere else.
    """
    from accounts.models import AwsAccount

    at = record_story(environment, at_work, simulator)

    log_in_by_form(page, live, "edith@alderfinch.example")
    assert "letters-export" in changed(page, live, "opened", at[0], at[2])
    assert "letters-export" not in changed(page, live, "opened", at[5], at[8])
    assert "letters-export" in changed(page, live, "resolved", at[2], at[5])
    assert "telemedicine-prod" not in changed(page, live, "added", at[0], at[5])
    assert "telemedicine-prod" in changed(page, live, "added", at[5], at[8])
    assert "outpost" in changed(page, live, "added", at[5], at[8]).lower()
    lost = changed(page, live, "gaps_opened", at[5], at[8])
    assert "data-lake-prod" in lost
    assert "data-lake-prod" in changed(page, live, "gaps_closed", at[8], at[13])

    page.goto(f"{live}{reverse('drift:drift')}?since={at[0]}&until={at[13]}")
    expect(page.locator("svg.pl-drawing:visible").first).to_be_visible()
    axe(page)
    page.goto(f"{live}{reverse('dashboard:overview')}")
    assert "This is a simulation" in page.locator("body").inner_text()
    axe(page)

    # Blind on that date: the score's lower end takes what was not seen as failing.
    page.goto(f"{live}{reverse('organization:account', args=[account('data-lake-prod')])}?as_of={at[8]}")
    assert "could not" in page.locator("main").inner_text().lower()

    theirs, closed = account("payments-prod"), AwsAccount.objects.get(name="campaign-2024")
    page.goto(f"{live}{reverse('organization:account', args=[closed.account_id])}")
    assert "not swept" in page.locator("main").inner_text().lower()

    log_in_by_form(page, live, "owen@alderfinch.example")
    own = page.goto(f"{live}{reverse('organization:account', args=[account('webshop-prod')])}")
    assert own is not None
    assert own.status == 200
    complaints.expect("404")
    other = page.goto(f"{live}{reverse('organization:account', args=[theirs])}")
    assert other is not None
    assert other.status == 404
    assert "letters-export" not in changed(page, live, "opened", at[0], at[2])

    log_in_by_form(page, live, "olga@alderfinch.example")
    assert "letters-export" in changed(page, live, "opened", at[0], at[2])

    log_in_by_form(page, live, "ada@alderfinch.example")
    page.goto(f"{live}{reverse('onboarding:organizations')}")
    assert "simulation" in page.locator("main").inner_text()
    assert at[13] - at[0] == timedelta(weeks=13)


def account(name: str) -> str:
    """Return the id of an account of the demo."""
    from accounts.models import AwsAccount

    return str(AwsAccount.objects.get(name=name).account_id)
