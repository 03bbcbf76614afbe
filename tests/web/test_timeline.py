"""What a chart's line is marked with, besides the events of the history."""

from __future__ import annotations

from datetime import timedelta

import pytest

from posture.core.resource import Resource
from posture.history.scope import Scope
from posture.web import timeline
from tests.history.world import REGIONS, account, bucket, day, organization, sweep, user

pytestmark = pytest.mark.django_db


def test_a_rack_arrives_once_in_its_own_account_and_not_with_the_first_snapshot() -> None:
    acme = organization()
    web, hidden = account(acme, name="web"), account(organization(), name="hidden")
    sweep(web, day(0), [rack(1)])
    sweep(hidden, day(1), [rack(9)])
    sweep(web, day(1), [rack(1), rack(2)])
    sweep(web, day(2), [rack(1, State="renamed"), rack(2), bucket("b")])
    mine = Scope.of(user(), acme)

    def arrived(since: int, until: int) -> list[str]:
        found = timeline.chart_events(mine, day(since), day(until) + timedelta(hours=1))
        return [one.title for one in found if one.kind == "outpost"]

    assert arrived(-5, 3) == arrived(0, 1) == ["web: Outpost rack-2 arrived"]
    assert arrived(1, 3) == arrived(-5, 0) == []


def rack(number: int, **more: str) -> Resource:
    arn = f"arn:aws:outposts:{REGIONS[0]}:111122223333:outpost/op-{number}"
    return Resource(timeline.OUTPOST, arn, "", REGIONS[0], f"rack-{number}", {"OutpostId": f"op-{number}", **more})
