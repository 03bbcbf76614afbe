"""Coverage through time, recorded with sweeps, equals what the resources show."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AwsAccount, Organization
from posture.core.gap import ANY, Gap, GapReason
from posture.core.resource import Resource
from posture.history import query as history
from posture.history.ingest import close_left_account
from posture.history.models import CoveragePoint, ResourceRecord, Snapshot
from posture.history.query import CoverageDay
from posture.history.scope import Scope
from posture.history.upkeep.finish import finish_snapshot
from tests.history.world import REGIONS, account, day, gap, organization, sweep, user

pytestmark = pytest.mark.django_db

ANALYZER = "AWS::AccessAnalyzer::Analyzer"
DETECTOR = "AWS::GuardDuty::Detector"


@pytest.fixture
def acme(db: None) -> Organization:
    return organization()


def detector(region: str) -> Resource:
    arn = f"arn:aws:guardduty:{region}::detector/1"
    config = {"Status": "ENABLED", "Features": [], "FindingPublishingFrequency": "SIX_HOURS"}
    return Resource(DETECTOR, arn, "", region, "1", config)


def swept(owner: AwsAccount, at: float, regions: tuple[str, ...], *gaps: Gap) -> None:
    resources = [replace(detector(region), account_id=owner.account_id) for region in regions]
    asked = () if any(each.resource_type == ANY for each in gaps) else REGIONS
    sweep(owner, day(at), resources, gaps, swept_types=(DETECTOR,), global_types=(), regions=asked)
    finish_snapshot(Snapshot.objects.get(organization=owner.organization, as_of=day(at)))


def series(acme: Organization, first: float, last: float) -> list[tuple[int, int, int]]:
    """Return on or partly on, off, and unknown, by day."""
    found = history.load_coverage_series(Scope.of(user(), acme, as_of=day(last)), day(first), day(last))
    return [(one.on + one.partly, one.off, one.unknown) for one in found.tools.get("guardduty", [])]


def test_what_turns_on_and_off_or_becomes_unreadable_is_counted(acme: Organization) -> None:
    owner, other = account(acme), account(acme)
    swept(owner, 0, REGIONS)
    swept(other, 1, ())
    swept(owner, 2, REGIONS[:1])
    swept(owner, 3, (), gap(DETECTOR))
    swept(owner, 4, (), gap())
    swept(owner, 5, REGIONS)
    assert series(acme, 0, 5) == [(2, 0, 0), (2, 2, 0), (1, 3, 0), (0, 2, 2), (0, 2, 2), (2, 2, 0)]
    assert series(acme, 2, 4) == [(1, 3, 0), (0, 2, 2), (0, 2, 2)]


def test_what_is_not_offered_counts_nowhere(acme: Organization) -> None:
    owner = account(acme)
    swept(owner, 0, REGIONS[:1], gap(DETECTOR, REGIONS[1], GapReason.NOT_OFFERED))
    assert series(acme, 0, 0) == [(1, 0, 0)]


def test_an_account_that_left_is_covered_no_more(acme: Organization) -> None:
    stays, leaves = account(acme), account(acme)
    swept(stays, 0, REGIONS)
    swept(leaves, 0.1, REGIONS)
    close_left_account(leaves, day(0.5))
    swept(stays, 1, REGIONS)
    assert series(acme, 0, 1) == [(4, 0, 0), (2, 0, 0)]


def test_only_what_moves_is_written(acme: Organization) -> None:
    owner = account(acme)
    for number in range(4):
        swept(owner, number, REGIONS)
    assert CoveragePoint.objects.count() == 1


def analyzer(region: str, kind: str) -> Resource:
    arn = f"arn:aws:access-analyzer:{region}::analyzer/{kind}"
    return Resource(ANALYZER, arn, "", region, kind, {"type": kind, "status": "ACTIVE"})


def test_what_one_account_runs_for_all_is_read_once_a_sweep(acme: Organization) -> None:
    members, owner = [account(acme) for _ in range(3)], account(acme)
    reads = []
    for at in (0, 1):
        with CaptureQueriesContext(connection) as asked:
            for each in (*members[:2], owner, members[2]):
                shared = [analyzer(region, "ORGANIZATION") for region in REGIONS if each == owner and at == 0]
                own = [analyzer(REGIONS[0], f"ACCOUNT-{at}") if each != owner else analyzer(REGIONS[0], "ACCOUNT")]
                sweep(each, day(at), [*shared, *own], swept_types=(ANALYZER,), global_types=(), regions=REGIONS)
        reads.append(sum(f'FROM "{ResourceRecord._meta.db_table}"' in query["sql"] for query in asked))
    assert reads == [1, 1]
    covered = CoveragePoint.objects.filter(tool="accessanalyzer", at=day(0))
    assert covered.get(account=members[2]).off == 0, "recorded after its owner"
    assert covered.get(account=members[0]).off == 1, "recorded before it"


def test_nobody_sees_other_accounts_coverage(acme: Organization) -> None:
    swept(account(acme), 0, REGIONS)
    stranger = Scope.of(user("owner"), acme, as_of=day(1))
    assert history.load_coverage_series(stranger, day(0), day(1)).tools == {}


def test_shares_are_none_without_anything_to_count() -> None:
    today = day(0).astimezone(UTC).date()
    assert CoverageDay(today, 0, 0, 0, 0).share is None
    assert CoverageDay(today, 1, 1, 1, 1).share == 0.25
    assert CoverageDay(today, 1, 1, 1, 1).seen_share == 0.75
