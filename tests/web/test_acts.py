"""Everything that htmx does on the site is done once in a browser.

No act may break the content security policy.

The fixture `context` fails a test by what its pages complain of; the last test knows all acts of the templates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from playwright.sync_api import Page, Request, expect

from accounts.models import ConnectionTest, User
from posture.history.models import AccountSweep, FindingRecord, Snapshot
from tests.browsers import Complaints
from tests.coverage.test_pages import REGION, VOLUME, record
from tests.orchestration.matrix import running
from tests.web.story import record_story
from tests.web.world import World, build

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

Login = Callable[[User], Page]
TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
DRAG = """
document.querySelectorAll("main [id]").forEach((one) => { one.style.outlineOffset = "1px"; });
"""
"""Gives elements a style, as a person does who drags a field's corner, and as charts do: htmx must not copy that."""

DECISIONS: dict[str, dict[str, str]] = {
    "comment": {"text": "Seen."},
    "assign": {},
    "start": {"reason": "Copying the volume."},
    "accept": {"reason": "Gone by spring."},
    "reopen": {"reason": "It is needed after all."},
    "false_positive": {"reason": "Encrypted by other means."},
}

done: set[str] = set()
"""The views that htmx asked in the tests of this module."""


@pytest.fixture
def world() -> World:
    """The world with its story, committed."""
    world = build()
    record_story(world)
    return world


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """Playwright's page, which notes what htmx asks for."""
    page.on("requestfinished", note)
    yield page
    page.remove_listener("requestfinished", note)


def note(request: Request) -> None:
    if request.headers.get("hx-request") != "true":
        return
    try:
        done.add(resolve(re.sub(r"^https?://[^/]+|\?.*$", "", request.url)).view_name)
    except Resolver404:
        pytest.fail(f"htmx asked for {request.url}, which is no page.")


def asked(page: Page, name: str, act: Callable[[], object]) -> None:
    """Act, and wait until htmx has asked a view for it and settled what came."""
    page.evaluate(DRAG)
    pattern = re.compile(reverse(name, kwargs=KEYS.get(name, {})).replace("/0/", r"/\d+/"))
    with page.expect_response(lambda r: bool(pattern.search(r.url)) and "hx-request" in r.request.headers):
        act()
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(0)


KEYS: dict[str, dict[str, int | str]] = {
    "findings:triage": {"finding_id": 0},
    "drift:difference": {"resource_id": 0},
    "sweeps:live": {"pk": 0},
    "onboarding:test": {"pk": 0, "test_pk": 0},
    "organization:branch": {"ou_id": "ou-2"},
}


def test_each_decision_is_taken(world: World, live: str, log_in: Login) -> None:
    page, finding = log_in(world.admin), FindingRecord.objects.filter(closed_at=None, account=world.ours).earliest("pk")
    page.goto(live + reverse("findings:detail", kwargs={"finding_id": finding.finding_id}))
    for name, texts in DECISIONS.items():
        form = page.locator(f"#decision-{name}")
        form.locator("summary").click()
        for field, text in texts.items():
            form.locator(f"[name={name}-{field}]").fill(text)
        if name == "accept":
            form.locator("input[type=date]").fill(f"{timezone.now() + timedelta(days=60):%Y-%m-%d}")
        if name == "assign":
            form.locator("select").select_option(index=1)
        asked(page, "findings:triage", form.get_by_role("button").click)
        expect(page.get_by_role("status").filter(has_text="Done")).to_be_visible()


def test_a_decision_that_lacks_its_words_is_sent_back(
    world: World, live: str, log_in: Login, complaints: Complaints
) -> None:
    complaints.expect("422")
    complaints.expect("Response Status Error Code")
    page, finding = log_in(world.admin), FindingRecord.objects.filter(closed_at=None, account=world.ours).earliest("pk")
    page.goto(live + reverse("findings:detail", kwargs={"finding_id": finding.finding_id}))
    form = page.locator("#decision-accept")
    form.locator("summary").click()
    form.evaluate("one => one.querySelector('form').noValidate = true")
    asked(page, "findings:triage", form.get_by_role("button").click)
    expect(
        page.locator("#decision-accept[open] .invalid-feedback, #decision-accept[open] [aria-invalid]").first
    ).to_be_visible()


def test_a_list_is_narrowed_ordered_and_left_backwards(world: World, live: str, log_in: Login) -> None:
    page = log_in(world.admin)
    page.goto(live + reverse("findings:list"))
    page.locator("#filter-menu > summary").click()
    page.locator("#facet-check > summary").click()
    asked(page, "findings:list", page.locator("#facet-check input").first.check)
    page.keyboard.press("Escape")
    asked(page, "findings:list", page.locator("th a").first.click)
    asked(page, "findings:list", page.go_back)


def test_the_scope_is_opened_and_searched(world: World, live: str, log_in: Login) -> None:
    page = log_in(world.admin)
    page.goto(live + reverse("findings:list"))
    asked(page, "web:scope", page.locator("#menu-scope > summary").click)
    asked(page, "web:scope", lambda: page.locator("#find-scope").press_sequentially("pay"))


def test_the_period_of_the_overview_is_unfolded(world: World, live: str, log_in: Login) -> None:
    page = log_in(world.executive)
    page.goto(live + reverse("dashboard:overview"))
    asked(page, "dashboard:period", page.locator("details.pl-fold > summary", has_text="what got worse").click)
    expect(page.get_by_role("heading", name="What got worse")).to_be_visible()


def test_a_unit_of_a_large_tree_is_opened(world: World, live: str, log_in: Login) -> None:
    world.add_accounts(250)
    page = log_in(world.executive)
    page.goto(live + reverse("organization:tree"))
    asked(page, "organization:branch", page.locator("summary.pl-node-unit", has_text="Sandbox").click)
    expect(page.locator(".pl-node-account").first).to_be_visible()


def test_drift_is_opened_down_to_the_difference(world: World, live: str, log_in: Login) -> None:
    page = log_in(world.executive)
    asked(page, "drift:held", lambda: page.goto(f"{live}{reverse('drift:drift')}?compare=90"))
    asked(page, "drift:group", page.locator("details.pl-group summary", has_text="payments").click)
    asked(page, "drift:difference", page.locator("details.pl-opens summary").first.click)


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("dashboard:overview", "coverage:summary"),
        ("dashboard:overview", "data:summary"),
        ("onboarding:new", "onboarding:caller"),
        ("onboarding:new", "sweeps:estimate"),
    ],
)
def test_parts_come_by_themselves(world: World, live: str, log_in: Login, url: str, part: str) -> None:
    page = log_in(world.admin)
    asked(page, part, lambda: page.goto(live + reverse(url)))


def test_coverage_through_time_comes_by_itself(world: World, live: str, log_in: Login) -> None:
    record(world.ours, REGION, VOLUME, at=timezone.now())
    page = log_in(world.admin)
    asked(page, "coverage:time", lambda: page.goto(live + reverse("coverage:matrix")))


def test_onboarding_counts_what_is_typed_and_follows_its_test(world: World, live: str, log_in: Login) -> None:
    page = log_in(world.admin)
    page.goto(live + reverse("onboarding:new"))
    asked(page, "sweeps:estimate", lambda: page.get_by_label("Regions").fill("eu-central-1"))
    test = ConnectionTest.objects.create(organization=world.organization)
    page.goto(live + reverse("onboarding:connect", kwargs={"pk": world.organization.pk}))
    asked(page, "onboarding:test", lambda: None)
    ConnectionTest.objects.filter(pk=test.pk).update(ended_at=timezone.now(), succeeded=True)
    asked(page, "onboarding:test", lambda: None)


def test_a_gap_shows_its_history_when_it_is_opened(world: World, live: str, log_in: Login) -> None:
    record_story(world)
    page = log_in(world.executive)
    page.goto(live + reverse("sweeps:gaps"))
    asked(page, "sweeps:gap_history", lambda: page.get_by_text("Accounts, checks and history").click())
    expect(page.get_by_text("1 account now; at most 1 account in 90 days")).to_be_visible()


def test_a_sweep_is_started_followed_and_cancelled(world: World, live: str, log_in: Login) -> None:
    page = log_in(world.admin)
    page.goto(live + reverse("sweeps:list"))
    page.get_by_role("button", name="Sweep now").click()
    page.wait_for_url("**/sweeps/*/**")
    asked(page, "sweeps:live", lambda: None)
    asked(page, "web:progress", lambda: None)
    page.get_by_role("button", name="Cancel the sweep").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("cancelled")
    key = running(world)
    page.goto(live + reverse("sweeps:detail", kwargs=key))
    AccountSweep.objects.filter(snapshot=key["pk"]).update(state="done")
    Snapshot.objects.filter(**key).update(state="complete", ended_at=timezone.now())
    asked(page, "sweeps:live", lambda: None)


LOADED = {
    "coverage:summary": "dashboard:overview",
    "dashboard:visit": "dashboard:overview",
    "data:summary": "dashboard:overview",
    "drift:why": "drift:drift",
    "onboarding:caller": "onboarding:new",
}
"""Parts that pages load by themselves, and a page that loads each."""


def test_no_act_of_the_templates_is_missing_here() -> None:
    """Each is named by a call of `asked` in this file, or loads by itself with a page."""
    named = re.compile(r"""hx-(?:get|post)="{% (?:link|url) ["']([\w:]+)""")
    acts = {name for path in TEMPLATES.rglob("*.html") for name in named.findall(path.read_text())}
    here = set(re.findall(r"""asked\(\s*page, "([\w:]+)""", Path(__file__).read_text()))
    assert len(acts) > 10
    assert acts - here - LOADED.keys() == set()


@pytest.mark.parametrize("name", sorted({*LOADED.values()} - {"onboarding:new"}))
def test_parts_load_with_their_page(world: World, live: str, log_in: Login, name: str) -> None:
    page = log_in(world.executive)
    done.clear()
    page.goto(f"{live}{reverse(name)}")
    page.wait_for_load_state("networkidle")
    assert {part for part, loader in LOADED.items() if loader == name} <= done
