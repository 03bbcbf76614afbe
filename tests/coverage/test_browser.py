"""The coverage pages in a browser: marks, heat map and accessibility."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import AwsAccount
from posture.core.gap import Gap, GapReason
from posture.core.resource import Resource
from posture.history.models import Snapshot
from posture.history.upkeep.finish import finish_snapshot
from tests.coverage.test_pages import AT, DETECTOR, thing
from tests.history.world import sweep
from tests.web.world import World, build

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)

REGIONS = (
    "ap-northeast-1", "ap-southeast-1", "eu-central-1", "eu-west-1", "sa-east-1", "us-east-1", "us-west-2",
)  # fmt: skip
TYPES = ("AWS::Account::Region", "AWS::EC2::Volume", DETECTOR)
MANY_ACCOUNTS = 61


def answer(number: int) -> tuple[list[Resource], list[Gap]]:
    """Return an account's resources; GuardDuty is off in Asia, everywhere or not seen."""
    found = [thing("AWS::Account::Region", region, {}, region) for region in REGIONS]
    gaps: list[Gap] = []
    for region in REGIONS:
        if number % 9 != 8:
            found.append(thing("AWS::EC2::Volume", f"vol-{region}", {"Encrypted": True}, region))
        is_off = number % 5 == 0 or (number % 3 == 0 and region.startswith("ap-"))
        if number % 11 == 10:
            gaps.append(Gap("", region, DETECTOR, "guardduty:ListDetectors", GapReason.DENIED, "AccessDenied"))
        elif not is_off:
            features = [{"Name": "EKS_AUDIT_LOGS", "Status": "DISABLED"}] if number % 7 == 0 else []
            found.append(thing(DETECTOR, f"d-{region}", {"Status": "ENABLED", "Features": features}, region))
    return found, gaps


def record_all(world: World, regions: tuple[str, ...] = REGIONS) -> None:
    """Record two sweeps of every account; the second has one detector more."""
    for at in (AT, AT + timedelta(days=20)):
        for number, account in enumerate(AwsAccount.objects.order_by("account_id")):
            resources, gaps = answer(number + (at == AT and number == 1))
            kept = [one for one in resources if one.region in regions]
            sweep(account, at, kept, [gap for gap in gaps if gap.region in regions], regions=regions,
                  swept_types=TYPES, global_types=())  # fmt: skip
    for snapshot in Snapshot.objects.all():
        finish_snapshot(snapshot)


@pytest.fixture
def many() -> World:
    """More accounts than have marks, in seven regions."""
    world = build()
    world.add_accounts(MANY_ACCOUNTS)
    AwsAccount.objects.filter(name__endswith="3").update(unit=world.production)
    record_all(world)
    return world


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def overlaps(page: Page) -> list[str]:
    """Return pairs of texts of a picture that touch."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("svg.pl-heat")].flatMap(svg => {
            const boxes = [...svg.querySelectorAll("text")].map(t => [t.textContent, t.getBoundingClientRect()])
                .filter(([, b]) => b.width);
            return boxes.flatMap(([name, a], i) => boxes.slice(i + 1).filter(([, b]) =>
                a.left < b.right - 0.5 && b.left < a.right - 0.5 && a.top < b.bottom - 3 && b.top < a.bottom - 3)
                .map(([other]) => `${name} / ${other}`));
        })"""
    )
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_many_accounts_are_drawn_by_unit_and_open_down_to_the_account(
    theme: str, many: World, live: str, log_in: Callable[..., Page], axe: Callable[[Page], None]
) -> None:
    page = log_in(many.executive)
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{live}{reverse('coverage:matrix')}?tool=guardduty")
        expect(page.locator(".pl-small").first).to_be_visible()
        assert fits(page)
        assert overlaps(page) == []
        axe(page)
    page.locator(".pl-drawing-wide a.pl-heat-unit", has_text="Sandbox").first.click()
    expect(page.locator("#unit")).to_contain_text("Sandbox")
    assert overlaps(page) == []
    axe(page)
    first = page.locator(".pl-heat-column").first
    expect(first).to_have_attribute("href", "/coverage/000000000000/#guardduty")
    page.goto(live + "/coverage/000000000000/#guardduty")
    expect(page.locator("#guardduty")).to_contain_text("Not enabled.")
    page.set_viewport_size({"width": 390, "height": 900})
    assert fits(page)
    axe(page)


@pytest.mark.parametrize(
    "path", ["/coverage/", "/coverage/?tool=guardduty", "/coverage/list/?state=off", "/coverage/time/"]
)
def test_few_accounts_have_a_mark_for_each_account_region(
    path: str, live: str, log_in: Callable[..., Page], axe: Callable[[Page], None]
) -> None:
    world = build()
    record_all(world, REGIONS[2:5])
    page = log_in(world.executive)
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(live + path)
        page.wait_for_load_state("networkidle")
        assert fits(page), path
        axe(page)


def test_no_page_of_coverage_loads_plotly(many: World, live: str, log_in: Callable[..., Page]) -> None:
    page = log_in(many.executive)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(live + reverse("coverage:matrix"))
    expect(page.locator(".pl-multiple").first).to_be_visible()
    assert not [url for url in asked if "plotly-basic" in url]
