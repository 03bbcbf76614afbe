"""Coverage gained and lost, as distinct from visibility lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AwsAccount
from posture.core.gap import Gap, GapReason
from posture.core.resource import Resource
from posture.history import query
from posture.history.scope import Scope
from posture.pages.drift.coverage import NAMED, Turn, alike, turns
from tests.history.world import sweep
from tests.web.world import World

pytestmark = pytest.mark.django_db

DETECTOR, REGION = "AWS::GuardDuty::Detector", "eu-central-1"
RECORDER, ANALYZER = "AWS::Config::ConfigurationRecorder", "AWS::AccessAnalyzer::Analyzer"
EVERYTHING: dict[str, Any] = {"regions": (REGION,), "swept_types": (DETECTOR, RECORDER, ANALYZER), "global_types": ()}
REFUSED = Gap("", REGION, DETECTOR, "guardduty:ListDetectors", GapReason.DENIED, "AccessDenied")


def detector(status: str) -> Resource:
    arn = f"arn:aws:guardduty:{REGION}:222222222222:detector/1"
    return Resource(DETECTOR, arn, "", REGION, "detector", {"Status": status, "Features": []})


def recorder(*, recording: bool) -> Resource:
    arn = f"arn:aws:config:{REGION}:222222222222:configuration-recorder/default"
    return Resource(RECORDER, arn, "", REGION, "default", {"recording": recording})


def analyzer(status: str) -> Resource:
    arn = f"arn:aws:access-analyzer:{REGION}:111111111111:analyzer/all"
    return Resource(ANALYZER, arn, "", REGION, "all", {"type": "ORGANIZATION", "status": status})


def swept(world: World, *ends: tuple[list[Resource], tuple[Gap, ...]]) -> list[Turn]:
    """Sweep the owner's account weekly and return what changed."""
    now = timezone.now()
    start = now - timedelta(weeks=len(ends))
    for week, (resources, gaps) in enumerate(ends):
        at = start + timedelta(weeks=week)
        sweep(world.ours, at, resources, gaps, regions=(REGION,), swept_types=(DETECTOR,), global_types=())
    scope = Scope.of(world.owner, world.organization)
    return turns(query.changes_between(scope, start + timedelta(hours=1), now))


def test_a_detector_that_is_suspended_is_coverage_lost(world: World) -> None:
    (turn,) = swept(world, ([detector("ENABLED")], ()), ([detector("DISABLED")], ()))
    assert (turn.tool.id, turn.account, turn.region, turn.kind) == ("guardduty", world.ours, REGION, "lost")


def test_a_detector_that_is_enabled_is_coverage_gained(world: World) -> None:
    (turn,) = swept(world, ([detector("DISABLED")], ()), ([detector("ENABLED")], ()))
    assert (turn.kind, turn.words) == ("gained", "off → on")


def test_what_is_refused_is_neither_lost_nor_gained(world: World) -> None:
    """The detector was suspended before it became invisible."""
    found = swept(world, ([detector("ENABLED")], ()), ([detector("DISABLED")], ()), ([], (REFUSED,)))
    assert {turn.kind for turn in found} == {"sight"}


def test_an_account_that_joined_has_not_gained_coverage(world: World) -> None:
    """It was in no sweep at the start, so that nothing can be compared."""
    now = timezone.now()
    sweep(world.ours, now - timedelta(days=20), [], (), regions=(REGION,), swept_types=(DETECTOR,), global_types=())
    sweep(world.theirs, now - timedelta(days=2), [detector("ENABLED")], (), regions=(REGION,), swept_types=(DETECTOR,))
    scope = Scope.of(world.executive, world.organization)
    assert turns(query.changes_between(scope, now - timedelta(days=10), now)) == []


def test_a_tool_is_listed_where_only_its_visibility_changed(world: World) -> None:
    start = timezone.now() - timedelta(weeks=2)
    sweep(world.ours, start, [detector("ENABLED"), recorder(recording=True)], (), **EVERYTHING)
    sweep(world.ours, start + timedelta(weeks=1), [recorder(recording=False)], (REFUSED,), **EVERYTHING)
    scope = Scope.of(world.owner, world.organization)
    found = turns(query.changes_between(scope, start + timedelta(hours=1), timezone.now()))
    assert [(turn.tool.id, turn.kind) for turn in found] == [("config", "lost"), ("guardduty", "sight")]


def test_an_analyzer_that_covers_others_is_lost_to_them_too(world: World) -> None:
    start = timezone.now() - timedelta(weeks=2)
    for week, (status, recording) in enumerate((("ACTIVE", True), ("DISABLED", False))):
        at = start + timedelta(weeks=week)
        sweep(world.theirs, at, [analyzer(status)], (), **EVERYTHING)
        sweep(world.ours, at, [recorder(recording=recording)], (), **EVERYTHING)
    scope = Scope.of(world.executive, world.organization)
    found = turns(query.changes_between(scope, start + timedelta(hours=1), timezone.now()))
    listed = {(turn.tool.id, turn.account, turn.kind) for turn in found}
    lost = {("accessanalyzer", account, "lost") for account in (world.ours, world.theirs)}
    assert listed == {("config", world.ours, "lost"), *lost}


def test_locations_that_changed_alike_are_one_entry(world: World) -> None:
    (turn,) = swept(world, ([detector("DISABLED")], ()), ([detector("ENABLED")], ()))
    others = [replace(turn, account=AwsAccount(pk=-n, name=f"account {n}")) for n in range(1, NAMED + 3)]
    elsewhere = replace(turn, region="eu-west-1")

    (one,) = alike([turn])
    assert (one.accounts, one.more_accounts, one.locations, one.region) == ([world.ours], 0, 1, REGION)
    (many,) = alike([turn, elsewhere, *others])
    assert (len(many.accounts), many.more_accounts, many.locations, many.region) == (NAMED, 3, NAMED + 4, "")
    assert len(alike([turn, replace(elsewhere, after=turn.before, before=turn.after)])) == 2
