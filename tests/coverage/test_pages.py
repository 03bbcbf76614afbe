"""Coverage is told place by place: on, partly, off, unknown, empty; and what was run for all counts for all."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.models import AwsAccount, User
from posture.core.coverage import State, tools
from posture.core.gap import Gap, GapReason
from posture.core.resource import GLOBAL, Resource
from posture.coverage import charts, queries
from posture.history.scope import Scope
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


def place(world: World, tool: str, user: User | None = None, **rest: Any) -> queries.Place:
    """Return one tool's place in the owner's account, as a person sees it."""
    drawn = queries.matrix(Scope.of(user or world.owner, world.organization, account=world.ours, **rest))
    return next(found[0] for one, found in drawn.rows[0].cells if one.id == tool)


def test_on_off_and_empty(world: World) -> None:
    """A region in which nothing lives is not held against anybody."""
    record(world.ours, REGION)
    assert place(world, "guardduty").state == "empty"
    record(world.ours, REGION, VOLUME, at=AT + timedelta(days=1))
    assert place(world, "guardduty").state == "off"
    record(world.ours, REGION, VOLUME, GUARD, at=AT + timedelta(days=2))
    assert place(world, "guardduty").state == "on"


def test_what_moved_since_the_comparison_is_marked(world: World) -> None:
    """Gaining a tool shows; losing sight of it does not show as losing it."""
    record(world.ours, REGION, VOLUME)
    record(world.ours, REGION, VOLUME, GUARD, at=AT + timedelta(days=7))
    assert place(world, "guardduty", compare_to=AT + timedelta(days=1)).moved == "gained"
    gap = Gap("", "eu-central-1", DETECTOR, "guardduty:ListDetectors", GapReason.DENIED, "AccessDenied")
    record(world.ours, REGION, VOLUME, at=AT + timedelta(days=14), gaps=(gap,))
    seen = place(world, "guardduty", compare_to=AT + timedelta(days=8))
    assert seen.cell.state is State.UNKNOWN
    assert seen.moved == ""


def test_what_was_lost_sight_of_is_drawn_as_such(world: World) -> None:
    record(world.ours, REGION, VOLUME, GUARD)
    record(world.ours, REGION, VOLUME, GUARD, at=AT + timedelta(days=7))
    gap = Gap("", "eu-central-1", DETECTOR, "guardduty:ListDetectors", GapReason.DENIED, "AccessDenied")
    record(world.ours, REGION, VOLUME, at=AT + timedelta(days=14), gaps=(gap,))
    scope = Scope.of(world.owner, world.organization, as_of=AT + timedelta(days=14), compare_to=AT)

    (sight,), tools = ([*one.data] for one in charts.through_time(scope).figures)

    assert sight["fillpattern"]["shape"] == "/"
    assert (sight["y"][0], sight["y"][-1] > 0) == (0, True)
    lines = {one["name"]: one for one in tools}
    assert [name for name, one in lines.items() if one["line"].get("dash") == "dot"] == ["Not seen"]
    assert lines["Not seen"]["y"][0] == 0
    assert lines["Not seen"]["y"][-1] > 0
    assert lines["GuardDuty"]["y"][-1] < lines["GuardDuty"]["y"][0] == 100


def test_a_share_is_the_same_on_the_tile_and_in_the_chart(world: World) -> None:
    """Regions in which nothing lives count in both."""
    regions = ("eu-central-1", "eu-west-1", "us-east-1")
    found = [thing("AWS::Account::Region", region, {}, region) for region in regions]
    last = AT + timedelta(days=1)
    for at in (AT, last):
        sweep(world.ours, at, [*found, VOLUME, GUARD], (), regions=regions, swept_types=TYPES, global_types=())
    scope = Scope.of(world.owner, world.organization, as_of=last, compare_to=AT)
    tiles = {one.tool.title: one for one in queries.totals(scope).summaries}
    lines = {one["name"]: one["y"][-1] for one in charts.through_time(scope).figures[1].data}

    assert tiles["GuardDuty"].share == pytest.approx(1 / 3)
    assert (tiles["GuardDuty"].empty, tiles["GuardDuty"].lacking) == (2, 2)
    told = [name for name in lines if name in tiles]
    assert "GuardDuty" in told
    assert [lines[name] for name in told] == pytest.approx([100 * (tiles[name].share or 0) for name in told])


def test_no_two_tools_look_the_same() -> None:
    assert len({colour for colour, _ in charts.LOOKS}) == len(charts.LOOKS) == len(tools())
    css = (settings.BASE_DIR / "static/css/plumbline.css").read_text()
    for number in range(1, len(charts.LOOKS) + 1):
        assert css.count(f"--pl-series-{number}:") == 2, "in light and in dark"
    values = re.findall(r"--pl-series-\d: (#\w+)", css)
    assert len(values) == len(set(values))


def test_a_tool_that_another_account_runs_for_all_is_not_off(world: World) -> None:
    """An owner cannot see the security account, and must not be told that it does nothing."""
    record(world.ours, REGION, VOLUME)
    record(world.theirs, REGION, ANALYZER)
    for person in (world.owner, world.executive):
        seen = place(world, "accessanalyzer", person)
        assert seen.state == "on"
        assert seen.cell.administrator == world.theirs.account_id


def test_the_owners_account_shows_whether_the_organizations_trail_logs(world: World) -> None:
    """A member that may not see the trail's state is shown what its owner's account says of it."""
    arn = "arn:aws:cloudtrail:eu-west-1:999988887777:trail/all"
    shadow = Resource(
        "AWS::Account::Account", "arn:aws:account::1:account", "", GLOBAL, "ours",
        {"MultiRegionTrails": [{"TrailARN": arn, "IsOrganizationTrail": True, "IsLogging": None}]},
    )  # fmt: skip
    record(world.ours, REGION, VOLUME, shadow)
    assert place(world, "cloudtrail").state == "unknown"
    config = {"TrailARN": arn, "IsOrganizationTrail": True, "IsLogging": True}
    record(world.theirs, REGION, Resource("AWS::CloudTrail::Trail", arn, "", "eu-west-1", "all", config))
    for person in (world.owner, world.executive):
        assert place(world, "cloudtrail", person).state == "on"


def test_pages_name_what_is_uncovered(world: World, client: Client, django_assert_max_num_queries: Any) -> None:
    """The uncovered place stands on both pages, in a bounded number of queries."""
    record(world.ours, REGION, VOLUME)
    client.force_login(world.owner)
    with django_assert_max_num_queries(30):
        page = client.get(reverse("coverage:matrix")).content.decode()
    assert "GuardDuty" in page
    assert "pl-mark-off" in page
    page = client.get(reverse("coverage:account", args=[world.ours.account_id])).content.decode()
    assert "Not enabled." in page
