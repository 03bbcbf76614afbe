"""Populations leave a history of their own, and none of their members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from django.apps import apps
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AwsAccount
from posture.collectors.ec2_volume import volumes
from posture.core.attribution import Cause
from posture.core.check import Check, check
from posture.core.gap import Gap
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.population import Group, Population
from posture.core.resource import Resource
from posture.core.score import Tally
from posture.history import query
from posture.history.ingest.check_counts import COUNTS
from posture.history.models import (
    AccountState,
    ClosedVersion,
    FieldGap,
    FindingRecord,
    ResourceRecord,
    StoredCheckCounts,
    StoredResource,
)
from posture.history.scope import Scope
from posture.sweep.population_aggregation import fold
from tests.depth import examples
from tests.history import rules
from tests.history.rules import NO_REMEDY, VOLUME
from tests.history.world import DENIED, account, day, gap, organization, sweep, user, volume

pytestmark = pytest.mark.django_db

COLLECTOR = replace(
    volumes,
    population=Population(
        lambda each, _: Group(f"asg/{each.tags['group']}", each.tags["group"]) if "group" in each.tags else None,
        apart=("VolumeId",),
    ),
)
TABLES = [
    model._meta.db_table
    for model in apps.get_app_config("history").get_models()
    if model._meta.managed and any(each.column == "account_id" for each in model._meta.fields)
]


@pytest.fixture
def acme() -> AwsAccount:
    return account(organization())


def member(name: str, group: str = "web", *, encrypted: bool = True) -> Resource:
    made = volume(name, VolumeId=name, Encrypted=encrypted)
    return replace(made, raw_tags={"group": group}, account_id="111122223333")


def record(to: AwsAccount, at: float, found: Sequence[Resource], gaps: Sequence[Gap] = ()) -> None:
    """Record what a sweep found, its members folded; recording judges what it must."""
    owned = [replace(each, account_id=to.account_id) for each in found]
    kept, more = fold(owned, gaps, [COLLECTOR])
    sweep(to, day(at), kept, [*gaps, *more], judged=False)


def rows(of: AwsAccount) -> dict[str, int]:
    """Return how many rows each table of the history has of an account."""
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT count(*) FROM {table} WHERE account_id = %s", [of.pk])  # noqa: S608 - our tables
            found[table] = cursor.fetchone()[0]
    return found


def tally() -> Tally:
    row = StoredCheckCounts.objects.get(check_id="volume_encrypted")
    return Tally(row.check_id, Severity(row.severity), row.passed, row.failed, row.unknown, row.stale)


def episodes() -> list[tuple[str, str, str, str]]:
    found = FindingRecord.objects.filter(check_id="volume_encrypted").order_by("opened_at", "resource_name")
    return [(one.resource_name, one.status, one.open_reason, one.close_reason) for one in found]


def test_five_days_of_replaced_members_leave_as_many_rows_as_five_quiet_days(acme: AwsAccount) -> None:
    quiet, busy = acme, account(acme.organization)
    for number in range(6):
        record(quiet, number, [member(f"v-{each}") for each in range(40)])
    for number in range(6):
        record(busy, number, [member(f"v-{number}-{each}") for each in range(40)])

    assert rows(busy) == rows(quiet)
    assert rows(busy)["history_version"] == 1
    (one,) = ResourceRecord.objects.filter(account=busy)
    assert (one.name, one.members, one.valid_from) == ("web", 40, day(0))
    assert {each["Name"] for each in one.observed["Members"]} == {f"v-5-{each}" for each in range(40)}


def test_a_failing_member_is_found_and_named_and_mended_when_it_goes(acme: AwsAccount) -> None:
    record(acme, 0, [member("v-1"), member("v-2")])
    record(acme, 1, [member("v-1"), member("v-bad", encrypted=False)])

    finding = FindingRecord.objects.get(check_id="volume_encrypted")
    assert finding.reason == "1 of 2 members (v-bad): Not encrypted."
    assert list((finding.observed or {}).values()) == [f"arn:aws:ec2:{finding.region}::volume/v-bad"]
    assert tally().failed == 1

    record(acme, 2, [member("v-3"), member("v-worse", encrypted=False)])
    finding.refresh_from_db()
    assert "(v-worse)" in finding.reason, "failing members are those of the last sweep"
    assert finding.opened_at == day(1)

    record(acme, 3, [member("v-3"), member("v-4")])
    assert episodes() == [("web", "fail", "changed", "changed")]
    assert (tally().passed, tally().failed) == (1, 0)


def test_members_that_lack_a_field_count_each_and_stay_so_behind_a_gap(acme: AwsAccount) -> None:
    blind = [replace(member(f"v-{number}"), raw_config={"Encrypted": DENIED}) for number in range(3)]
    record(acme, 0, [*blind, member("v-seen")])
    record(acme, 1, [*blind[:2], member("v-seen")])
    record(acme, 2, [], [gap(VOLUME)])

    counted = FieldGap.objects.order_by("valid_from").values_list("resources", "since", "valid_to")
    assert list(counted) == [(3, day(0), day(1)), (2, day(0), None)]


def test_an_empty_group_is_gone_at_the_second_miss_and_a_gap_closes_nothing(acme: AwsAccount) -> None:
    record(acme, 0, [member("v-bad", encrypted=False)])
    record(acme, 1, [], [gap(VOLUME)])
    assert (tally().failed, tally().stale) == (0, 1)
    record(acme, 2, [])
    assert ResourceRecord.objects.filter(valid_to=None).count() == 1
    record(acme, 3, [])

    assert not ResourceRecord.objects.filter(valid_to=None).exists()
    assert episodes() == [("web", "fail", "found", "deleted")]


def test_single_findings_move_to_the_group_and_are_neither_deleted_nor_fixed(acme: AwsAccount) -> None:
    found = [member("v-1"), member("v-2"), member("v-bad", encrypted=False)]
    sweep(acme, day(0), found, judged=False)
    before = tally()
    record(acme, 1, found)

    assert (before.passed, before.failed) == (2, 1)
    assert (tally().passed, tally().failed) == (0, 1)
    assert episodes() == [("v-bad", "fail", "found", "folded"), ("web", "fail", "folded", "")]
    assert set(ClosedVersion.objects.values_list("close_reason", flat=True)) == {"folded"}
    assert StoredResource.objects.filter(gone_at=day(1)).count() == 3
    scope = Scope.of(user(), acme.organization, as_of=day(2))
    bridge = query.attribute_score(scope, day(0), day(1))
    assert {part.cause for part in bridge.parts if part.low or part.high} == {Cause.RULE}
    assert [one.fixed for one in query.load_fix_durations(scope, day(0), day(2), None)] in ([], [0])


def test_a_member_that_leaves_its_group_is_a_resource_again(acme: AwsAccount) -> None:
    record(acme, 0, [member("v-1"), member("v-2")])
    record(acme, 1, [member("v-1"), replace(member("v-2"), raw_tags={})])
    record(acme, 2, [member("v-1"), member("v-2")])

    assert {(one.name, one.close_reason) for one in ResourceRecord.objects.all()} == {("web", ""), ("v-2", "folded")}


@check(
    resource_type=VOLUME, title="Volume has snapshots", problem="Volume has no snapshots",
    severity=Severity.LOW, controls=("practices:data",),
    examples=(), remediation=NO_REMEDY, reads_observed=True,
)  # fmt: skip
def volume_snapshotted(volume: Resource) -> Outcome:
    """Copies last."""
    return passed("It has.") if volume.observed.get("LatestSnapshot") else failed("None.", "observed.LatestSnapshot")


@check(
    resource_type=VOLUME, title="Volume is alone", problem="Volume is not alone",
    severity=Severity.LOW, controls=("practices:data",),
    examples=(), remediation=NO_REMEDY, needs=(VOLUME,),
)  # fmt: skip
def volume_alone(volume: Resource, related: object) -> Outcome:
    """Reads related resources by their ids, which distinguish members."""
    others = {one.config["VolumeId"] for one in related.here(VOLUME)}  # type: ignore[attr-defined]
    mine = volume.config["VolumeId"]
    return failed("Its twin is there.", "VolumeId") if f"{mine}-twin" in others else passed("Alone.", "VolumeId")


@pytest.mark.parametrize("number_of_members", [3, 400])
def test_checks_that_look_around_or_at_what_is_observed_see_every_member(
    acme: AwsAccount, fake_checks: dict[str, Check], number_of_members: int
) -> None:
    fake_checks |= {volume_snapshotted.id: volume_snapshotted, volume_alone.id: volume_alone}
    rules.reload()
    copied = {"LatestSnapshot": {"SnapshotId": "snap-1"}}
    crowd = [replace(member(f"v-{each:03}"), raw_observed=copied) for each in range(number_of_members)]
    # Neither is among those that a population names, where there are many: listed newest first, here by ARN.
    bare = replace(member("v-!"), raw_observed={})
    twin = replace(member("v-000-twin"), raw_observed=copied)

    record(acme, 0, [*crowd, bare])
    record(acme, 1, [*crowd, twin])
    record(acme, 2, crowd)

    assert [(e.check_id, e.opened_at, e.closed_at) for e in FindingRecord.objects.order_by("check_id")] == [
        ("volume_alone", day(1), day(2)), ("volume_snapshotted", day(0), day(1)),
    ]  # fmt: skip
    assert {(row.check_id, row.passed, row.failed) for row in StoredCheckCounts.objects.all()} == {
        ("volume_alone", 1, 0), ("volume_encrypted", 1, 0), ("volume_snapshotted", 1, 0),
    }  # fmt: skip


@dataclass(frozen=True)
class VolumeDay:
    """A volume on a day: its group, encryption (None: refused), and snapshots."""

    group: str
    encrypted: bool | None
    has_snapshots: bool

    def resource(self, name: str) -> Resource:
        tags = {"group": self.group} if self.group else {}
        seen = {"LatestSnapshot": {"SnapshotId": "snap-1"}} if self.has_snapshots else {}
        encrypted = DENIED if self.encrypted is None else self.encrypted
        made = volume(name, VolumeId=name, Encrypted=encrypted, observed=seen)
        return replace(made, raw_tags=tags)


NAMES = ("v-0", "v-1", "v-2", "v-0-twin", "v-3")
VOLUME_DAYS = st.builds(
    VolumeDay, st.sampled_from(["web", "web", "api", ""]), st.sampled_from([True, True, False, None]), st.booleans()
)
STORIES = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from(NAMES), VOLUME_DAYS, max_size=5), st.sampled_from([False, False, False, True])
    ),
    min_size=2,
    max_size=6,
)


@settings(
    max_examples=examples(4),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=STORIES)
def test_counting_what_moved_comes_to_the_same_as_counting_all(
    fake_checks: dict[str, Check], story: list[tuple[dict[str, VolumeDay], bool]]
) -> None:
    fake_checks |= {volume_snapshotted.id: volume_snapshotted, volume_alone.id: volume_alone}
    rules.reload()
    with transaction.atomic():
        organized = organization()
        moved, whole = account(organized), account(organized)
        for number, (found, is_blind) in enumerate(story):
            for to in (moved, whole):
                if to is whole:
                    # Another code's digests: no earlier result is reused.
                    AccountState.objects.filter(pk=to.pk).update(rules=b"", digest=b"")
                resources = [each.resource(name) for name, each in sorted(found.items())]
                record(to, number, resources, [gap(VOLUME)] if is_blind else [])
            assert figures(moved) == figures(whole)
        transaction.set_rollback(True)


def figures(of: AwsAccount) -> list[object]:
    """Return an account's check counts, and what is open."""
    tallies = StoredCheckCounts.objects.filter(account=of).order_by("check_id").values_list("check_id", *COUNTS)
    found = FindingRecord.objects.filter(account=of, closed_at=None).order_by("check_id", "resource_arn")
    return [*tallies, *found.values_list("check_id", "resource_name", "status", "reason", "open_reason", "opened_at")]
