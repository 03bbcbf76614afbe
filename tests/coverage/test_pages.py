"""Coverage states by account and region, and what runs for all accounts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AwsAccount, User
from posture.core.coverage import State
from posture.core.gap import Gap, GapReason
from posture.core.resource import GLOBAL, Resource
from posture.history import query as history
from posture.history.scope import Scope
from posture.pages.coverage import queries, trend
from posture.pages.coverage.matrix import ToolLocation
from tests.history.world import sweep
from tests.web.world import World

pytestmark = pytest.mark.django_db

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
TYPES = (
    "AWS::Account::Region",
    "AWS::EC2::Volume",
    "AWS::GuardDuty::Detector",
    "AWS::AccessAnalyzer::Analyzer",
)
DETECTOR = "AWS::GuardDuty::Detector"


def thing(kind: str, name: str, config: dict[str, Any], region: str = "eu-central-1") -> Resource:
    """Make a resource of a region."""
    return Resource(kind, f"arn:aws:x:{region}:1:{name}", "", region, name, config)


REGION = thing("AWS::Account::Region", "eu-central-1", {})
VOLUME = thing("AWS::EC2::Volume", "vol-1", {"Encrypted": True})
GUARD = thing(DETECTOR, "d-1", {"Status": "ENABLED", "Features": []})
ANALYZER = thing("AWS::AccessAnalyzer::Analyzer", "all", {"type": "ORGANIZATION", "status": "ACTIVE"})


def record(account: AwsAccount, *resources: Resource, at: datetime = AT, gaps: tuple[Gap, ...] = ()) -> None:
    """Record what an account answered."""
    sweep(account, at, resources, gaps, regions=("eu-central-1",), swept_types=TYPES, global_types=())


def location(world: World, tool: str, user: User | None = None, **rest: Any) -> ToolLocation:
    """Return one tool's location in the owner's account, as a person sees it."""
    drawn = queries.matrix(Scope.of(user or world.owner, world.organization, account=world.ours, **rest))
    return next(found[0] for one, found in drawn.rows[0].cells if one.id == tool)


def test_on_off_and_empty(world: World) -> None:
    """A region in which nothing lives is not held against anybody."""
    record(world.ours, REGION)
    assert location(world, "guardduty").state == "empty"
    record(world.ours, REGION, VOLUME, at=AT + timedelta(days=1))
    assert location(world, "guardduty").state == "off"
    record(world.ours, REGION, VOLUME, GUARD, at=AT + timedelta(days=2))
    assert location(world, "guardduty").state == "on"


def test_what_moved_since_the_comparison_is_marked(world: World) -> None:
    """Gaining a tool shows; losing visibility of it does not show as losing it."""
    record(world.ours, REGION, VOLUME)
    record(world.ours, REGION, VOLUME, GUARD, at=AT + timedelta(days=7))
    assert location(world, "guardduty", compare_to=AT + timedelta(days=1)).moved == "gained"
    gap = Gap("", "eu-central-1", DETECTOR, "guardduty:ListDetectors", GapReason.DENIED, "AccessDenied")
    record(world.ours, REGION, VOLUME, at=AT + timedelta(days=14), gaps=(gap,))
    seen = location(world, "guardduty", compare_to=AT + timedelta(days=8))
    assert seen.cell.state is State.UNKNOWN
    assert seen.moved == ""


def drawn(world: World, client: Client, user: User | None = None, **dates: datetime) -> trend.Trend:
    """Return the small pictures as a person's page has them."""
    client.force_login(user or world.owner)
    query = {name: at.isoformat() for name, at in dates.items()}
    found: trend.Trend = client.get(reverse("coverage:time"), query).context["drawn"]
    return found


def test_what_could_not_be_seen_is_hatched_and_never_called_off(world: World, client: Client) -> None:
    record(world.ours, REGION, VOLUME, GUARD)
    record(world.ours, REGION, VOLUME, GUARD, at=AT + timedelta(days=7))
    gap = Gap("", "eu-central-1", DETECTOR, "guardduty:ListDetectors", GapReason.DENIED, "AccessDenied")
    record(world.ours, REGION, VOLUME, at=AT + timedelta(days=14), gaps=(gap,))
    found = drawn(world, client, as_of=AT + timedelta(days=14), compare=AT)

    [guardduty] = [one for one in found.small if one.tool.id == "guardduty"]
    assert "url(#pl-hatch)" in guardduty.drawing
    assert "pl-heat-off" not in guardduty.drawing
    assert [words for words, _ in guardduty.facts] == ["1 not seen"]
    assert (guardduty.share, guardduty.change) == ("0 %", -1)
    assert "could not be seen" in found.note


def test_a_share_is_the_same_in_the_picture_and_in_the_series(world: World, client: Client) -> None:
    """Regions in which nothing runs count in both."""
    regions = ("eu-central-1", "eu-west-1", "us-east-1")
    found = [thing("AWS::Account::Region", region, {}, region) for region in regions]
    last = AT + timedelta(days=1)
    for at in (AT, last):
        sweep(world.ours, at, [*found, VOLUME, GUARD], (), regions=regions, swept_types=TYPES, global_types=())
    scope = Scope.of(world.owner, world.organization, as_of=last, compare_to=AT)
    tiles = {one.tool.id: one for one in queries.totals(scope).summaries}
    series = history.load_coverage_series(scope, AT, last).tools["guardduty"][-1]
    [small] = [one for one in drawn(world, client, as_of=last, compare=AT).small if one.tool.id == "guardduty"]

    assert tiles["guardduty"].share == series.share == pytest.approx(1 / 3)
    assert (tiles["guardduty"].empty, tiles["guardduty"].lacking) == (2, 2)
    assert (small.share, small.count, small.change) == ("33 %", "1 of 3 on", 0)
    assert "pl-heat-off" not in small.drawing, "off where nothing runs is held against nobody"


def test_every_figure_agrees_with_the_list_behind_it(world: World, client: Client) -> None:
    regions = ("eu-central-1", "eu-west-1", "us-east-1")
    found = [thing("AWS::Account::Region", region, {}, region) for region in regions]
    for account, things in ((world.ours, [VOLUME]), (world.theirs, [VOLUME, GUARD])):
        sweep(account, AT, [*found, *things], (), regions=regions, swept_types=TYPES, global_types=())
    client.force_login(world.executive)
    for one in queries.totals(Scope.of(world.executive, world.organization)).summaries:
        numbers = {"on": one.on, "partly": one.partly, "off": one.off, "unknown": one.unknown, "empty": one.empty}
        for state, number in numbers.items():
            page = client.get(reverse("coverage:list"), {"tool": one.tool.id, "state": state})
            assert page.context["table"].paginator.count == number, (one.tool.id, state)
    rows = client.get(reverse("coverage:list"), {"tool": "guardduty", "export": "csv"}).getvalue().decode().splitlines()
    assert len(rows) == 1 + 6
    assert "off where something runs,GuardDuty,payments (222222222222),Active,eu-central-1,Not enabled." in rows[1]


def test_the_list_is_narrowed_by_the_url(world: World, client: Client) -> None:
    record(world.ours, REGION, VOLUME)
    record(world.theirs, REGION, VOLUME)
    client.force_login(world.executive)

    def count(**query: str) -> int:
        found: int = client.get(reverse("coverage:list"), query).context["table"].paginator.count
        return found

    assert count(tool="guardduty") == 2
    assert count(tool="guardduty", unit=world.sandbox.ou_id) == 1
    assert count(tool="guardduty", region="eu-central-1") == 2
    assert count(tool="guardduty", account=world.ours.account_id) == 1
    assert count(tool="guardduty", state="on") == 0
    assert "is no choice" in client.get(reverse("coverage:list"), {"tool": "nonsense"}).content.decode()


def test_an_owner_sees_no_account_but_their_own_in_the_list(world: World, client: Client) -> None:
    record(world.ours, REGION, VOLUME)
    record(world.theirs, REGION, VOLUME)
    client.force_login(world.owner)
    page = client.get(reverse("coverage:list"), {"unit": world.sandbox.ou_id})
    assert page.context["table"].paginator.count == 0
    assert "Sandbox" not in page.content.decode()


def test_a_tool_that_another_account_runs_for_all_is_not_off(world: World) -> None:
    """An owner who cannot see the security account sees what it covers."""
    record(world.ours, REGION, VOLUME)
    record(world.theirs, REGION, ANALYZER)
    for person in (world.owner, world.executive):
        seen = location(world, "accessanalyzer", person)
        assert seen.state == "on"
        assert seen.cell.administrator == world.theirs.account_id


def test_the_owners_account_shows_whether_the_organizations_trail_logs(world: World) -> None:
    """A member that may not see the trail's state shows its owner's account's."""
    arn = "arn:aws:cloudtrail:eu-west-1:999988887777:trail/all"
    shadow = Resource(
        "AWS::Account::Account", "arn:aws:account::1:account", "", GLOBAL, "ours",
        {"MultiRegionTrails": [{"TrailARN": arn, "IsOrganizationTrail": True, "IsLogging": None}]},
    )  # fmt: skip
    record(world.ours, REGION, VOLUME, shadow)
    assert location(world, "cloudtrail").state == "unknown"
    config = {"TrailARN": arn, "IsOrganizationTrail": True, "IsLogging": True}
    record(world.theirs, REGION, Resource("AWS::CloudTrail::Trail", arn, "", "eu-west-1", "all", config))
    for person in (world.owner, world.executive):
        assert location(world, "cloudtrail", person).state == "on"


def test_pages_name_what_is_uncovered(world: World, client: Client, django_assert_max_num_queries: Any) -> None:
    """Both pages show the uncovered location, in a bounded number of queries."""
    record(world.ours, REGION, VOLUME)
    client.force_login(world.owner)
    with django_assert_max_num_queries(30):
        page = client.get(reverse("coverage:matrix")).content.decode()
    assert "GuardDuty" in page
    assert "pl-mark-off" in page
    page = client.get(reverse("coverage:account", args=[world.ours.account_id])).content.decode()
    assert "Not enabled." in page
