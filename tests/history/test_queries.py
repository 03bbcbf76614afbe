"""What pages read: as of dates, within what the user may see."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from accounts.models import AwsAccount, Organization, OrganizationalUnit, Ownership, User
from posture.core.outcome import Severity
from posture.core.score import Band, band
from posture.core.values import Unknown
from posture.history import query
from posture.history.ingest import close_left_account
from posture.history.models import ClosedVersion, Snapshot
from posture.history.scope import Scope
from posture.history.upkeep.finish import finish_snapshot
from posture.pages.inventory import version_history
from tests import shared
from tests.history import rules
from tests.history.rules import BUCKET, VOLUME
from tests.history.world import account, bucket, day, gap, organization, sweep, unit, user, volume

pytestmark = pytest.mark.django_db


@dataclass
class Estate:
    """Two accounts in nested units, swept on three days.

    A bucket goes public and is closed; visibility is lost.
    """

    organization: Organization
    above: OrganizationalUnit
    below: OrganizationalUnit
    web: AwsAccount
    data: AwsAccount
    admin: User

    def scope(self, **rest: object) -> Scope:
        return Scope.of(self.admin, self.organization, **rest)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def recorded(django_db_setup: None, django_db_blocker: Any) -> Iterator[Estate]:
    with shared.rows(django_db_blocker), rules.in_force():
        yield record_estate()


@pytest.fixture
def estate(recorded: Estate) -> Estate:
    return copy.deepcopy(recorded)


def record_estate() -> Estate:
    acme = organization(is_simulated=True)
    above = unit(acme, "workloads")
    below = unit(acme, "production", above)
    made = Estate(
        acme, above, below,
        account(acme, name="web", unit=above), account(acme, name="data", unit=below, weight=3.0), user(),
    )  # fmt: skip
    sweep(made.web, day(0), [bucket("site"), bucket("logs", Encrypted=False)])
    sweep(made.data, day(0), [bucket("pii", {"classification": "pii"}), volume("disk")])
    finish_snapshot(Snapshot.objects.get(as_of=day(0)))
    sweep(made.web, day(10), [bucket("site"), bucket("logs", Encrypted=False), bucket("new")])
    sweep(made.data, day(10), [bucket("pii", {"classification": "pii"}, Public=True), volume("disk")])
    finish_snapshot(Snapshot.objects.get(as_of=day(10)))
    sweep(made.web, day(20), [bucket("site"), bucket("logs"), bucket("new")])
    sweep(made.data, day(20), [bucket("pii", {"classification": "pii"})], [gap(VOLUME)])
    finish_snapshot(Snapshot.objects.get(as_of=day(20)))
    return made


def test_resources_as_of_any_date(estate: Estate) -> None:
    assert {r.name for r in query.resources(estate.scope())} == {"site", "logs", "new", "pii", "disk"}
    assert {r.name for r in query.resources(estate.scope(as_of=day(5)))} == {"site", "logs", "pii", "disk"}
    assert not query.resources(estate.scope(as_of=day(-1))).exists()
    public = query.resources(estate.scope(as_of=day(15))).get(name="pii")
    assert public.config["Public"] is True
    assert public.classification == "pii"


def test_an_unreadable_resource_says_since_when(estate: Estate) -> None:
    assert query.resources(estate.scope()).get(name="disk").unseen_since == day(20)
    assert query.resources(estate.scope(as_of=day(19))).get(name="disk").unseen_since is None
    unreadable = query.resources(estate.scope()).filter(unseen_since__isnull=False)  # type: ignore[misc]  # annotated
    assert [r.name for r in unreadable] == ["disk"]


def test_an_unreadable_period_that_ended_is_remembered(estate: Estate) -> None:
    sweep(estate.data, day(30), [bucket("pii", {"classification": "pii"}), volume("disk")])

    assert query.resources(estate.scope()).get(name="disk").unseen_since is None
    assert query.resources(estate.scope(as_of=day(25))).get(name="disk").unseen_since == day(20)


def test_a_resource_and_its_versions(estate: Estate) -> None:
    number = query.resources(estate.scope()).get(name="pii").resource_id

    assert [v.valid_from for v in query.list_versions(estate.scope(), number)] == [day(20), day(10), day(0)]
    assert query.get_resource(estate.scope(as_of=day(12)), number).config["Public"] is True
    with pytest.raises(Http404):
        query.get_resource(estate.scope(as_of=day(-1)), number)


def test_a_resource_that_is_gone_can_still_be_read(estate: Estate) -> None:
    number = query.resources(estate.scope()).get(name="new").resource_id
    for at in (day(30), day(40)):
        sweep(estate.web, at, [bucket("site"), bucket("logs")])

    assert query.get_resource(estate.scope(), number).gone_at == day(40)
    assert query.get_resource(estate.scope(as_of=day(35)), number).gone_at is None


def test_types_are_counted_with_change_and_visibility(estate: Estate) -> None:
    counts = {each.type: each for each in query.count_types(estate.scope(compare_to=day(5)))}

    assert (counts[BUCKET].count, counts[BUCKET].change, counts[BUCKET].unseen) == (4, 1, 0)
    assert (counts[VOLUME].count, counts[VOLUME].change, counts[VOLUME].unseen) == (1, 0, 1)


def test_findings_as_of_any_date(estate: Estate) -> None:
    assert not query.findings(estate.scope()).exists()
    found = query.findings(estate.scope(as_of=day(15))).order_by("-severity")
    assert [(f.check_id, f.resource_name, f.status) for f in found] == [
        ("bucket_private", "pii", "fail"),
        ("bucket_encrypted", "logs", "fail"),
    ]
    first = found[0]
    assert first.check is not None
    assert first.check.title == "Bucket is private"
    assert (first.opened_at, first.open_reason, first.evidence) == (day(10), "changed", ["Public"])
    assert (first.resource_arn, first.resource_type, first.triage) == ("arn:aws:s3:::pii", BUCKET, "open")


def test_a_finding_and_its_timeline(estate: Estate) -> None:
    number = query.findings(estate.scope(as_of=day(15))).get(check_id="bucket_private").finding_id

    assert query.get_finding(estate.scope(), number).closed_at == day(20)
    kinds = [(event.at, event.kind) for event in query.build_finding_timeline(estate.scope(), number)]
    assert kinds == [
        (day(20), "resolved"), (day(20), "changed"), (day(10), "opened"), (day(10), "changed"), (day(0), "found"),
    ]  # fmt: skip


def test_a_timeline_distinguishes_a_change_from_lost_fields_and_from_a_return() -> None:
    acme = organization()
    owner = account(acme)
    refused = Unknown("s3:GetBucketEncryption", "AccessDenied", "denied")
    sweep(owner, day(0), [bucket("site", Public=True)])
    sweep(owner, day(1), [bucket("site", Public=True, Encrypted=refused)])
    sweep(owner, day(2), [bucket("site", Public=True)])
    sweep(owner, day(3), [bucket("site", Public=True, Owner="else")])
    sweep(owner, day(4))
    sweep(owner, day(5))
    sweep(owner, day(6), [bucket("site", Public=True, Owner="else")])
    scope = Scope.of(user(), acme)
    found = query.findings(scope).get(check_id="bucket_private")

    events = [(one.at, one.kind) for one in query.build_finding_timeline(scope, found.finding_id)]
    of_resource = {"found", "changed", "sight", "back", "gone", "kept"}
    assert [each for each in events if each[1] in of_resource] == [
        (day(6), "back"), (day(5), "gone"), (day(3), "changed"), (day(2), "sight"), (day(1), "sight"),
        (day(0), "found"),
    ]  # fmt: skip
    versions = query.list_versions(scope, found.resource_id)
    shown = [one.text.split(" ")[0] for one in version_history.timeline(versions, [])]
    assert shown == ["Back", "Removed:", "Configuration", "Visibility", "Visibility", "Seen"]
    ClosedVersion.objects.filter(valid_to__lte=day(3)).delete()
    kept = [step for _, _, step in query.label_versions(query.list_versions(scope, found.resource_id))]
    assert kept == [query.VersionStep.BACK, query.VersionStep.KEPT]


def test_the_score_of_a_scope_is_the_mean_of_its_accounts(estate: Estate) -> None:
    web = query.load_score(estate.scope(account=estate.web))
    data = query.load_score(estate.scope(account=estate.data))
    whole = query.load_score(estate.scope())

    assert web
    assert data
    assert whole
    assert (web.low, web.high) == (100, 100)
    assert data.low < data.high == 100
    assert whole.low == pytest.approx((web.low + 3 * data.low) / 4)
    assert band(query.sum_tallies(estate.scope(account=estate.data))) == data


def test_a_score_as_of_a_date_is_that_of_its_tallies(estate: Estate) -> None:
    for at in (day(0), day(5), day(10), day(19), day(20)):
        scope = estate.scope(account=estate.data, as_of=at)
        assert query.load_score(scope) == band(query.sum_tallies(scope))
    assert query.load_score(estate.scope(as_of=day(-1))) is None


def test_accounts_rank_the_worst_first(estate: Estate) -> None:
    data, web = query.summarize_accounts(estate.scope(compare_to=day(10)))

    assert (data.account, web.account) == (estate.data, estate.web)
    assert data.seen_share == 0.5
    assert data.change is not None
    assert data.change > 0
    assert data.last_swept == day(20)
    assert data.weight == 3.0
    assert len(data.series) == 2
    assert data.band
    assert data.series[-1] == data.band.low


def test_summaries_by_check(estate: Estate) -> None:
    private, volumes, encrypted = query.summarize_checks(estate.scope())

    assert (private.check_id, private.severity, private.passed, private.failed) == (
        "bucket_private", Severity.CRITICAL, 4, 0,
    )  # fmt: skip
    assert (volumes.check_id, volumes.passed, volumes.unknown, volumes.resources) == ("volume_encrypted", 0, 1, 1)
    assert encrypted.check_id == "bucket_encrypted"
    before = {each.check_id: each for each in query.summarize_checks(estate.scope(as_of=day(15)))}
    assert (before["bucket_private"].failed, before["bucket_private"].accounts) == (1, 1)


def test_summaries_by_practice(estate: Estate) -> None:
    found = {one.practice_id: one for one in query.summarize_practices(estate.scope(compare_to=day(15)))}
    data, encryption, duties = (found[name] for name in ("data", "encryption", "responsibility"))

    assert {name for name, one in found.items() if one.in_use} == {"data", "encryption", "responsibility"}
    assert duties.band == Band(62.5, 100.0)
    assert data.in_use
    assert data.change is not None
    assert data.change > 0
    assert encryption.unknown == 1
    assert query.summarize_practices(estate.scope(as_of=day(-1)))[0].in_use is False


def test_series_of_organization_unit_and_account(estate: Estate) -> None:
    scopes = {
        "organization": estate.scope(),
        "above": estate.scope(unit=estate.above),
        "below": estate.scope(unit=estate.below),
        "data": estate.scope(account=estate.data),
    }
    series = {name: query.load_score_series(scope, day(0), day(20)) for name, scope in scopes.items()}

    for points in series.values():
        assert [point.day for point in points] == [day(0).date(), day(10).date(), day(20).date()]
    assert series["organization"] == series["above"]
    assert series["below"] == series["data"]
    middle = series["organization"][1]
    assert (middle.critical, middle.medium, middle.opened, middle.resolved) == (1, 1, 1, 0)
    assert series["organization"][2].resolved == 2
    assert series["below"][2].seen_share == 0.5
    last = query.load_score(estate.scope())
    assert last
    assert series["organization"][2].low == pytest.approx(last.low)


def test_finishing_twice_changes_nothing(estate: Estate) -> None:
    before = query.load_score_series(estate.scope(), day(0), day(20))
    finish_snapshot(Snapshot.objects.get(as_of=day(10)))
    finish_snapshot(Snapshot.objects.get(as_of=day(20)))

    assert query.load_score_series(estate.scope(), day(0), day(20)) == before


def test_an_owners_series_is_replayed_from_what_they_own(estate: Estate) -> None:
    owner = user("owner")
    Ownership.objects.create(user=owner, unit=estate.below)
    owned = query.load_score_series(Scope.of(owner, estate.organization), day(0), day(20))

    assert owned == query.load_score_series(estate.scope(account=estate.data), day(0), day(20))


READS: list[Callable[[Scope], object]] = [
    lambda scope: list(query.resources(scope)),
    lambda scope: list(query.findings(scope)),
    lambda scope: list(query.gaps(scope)),
    lambda scope: list(query.snapshots(scope)),
    query.count_types,
    query.summarize_checks,
    query.sum_tallies,
    query.summarize_accounts,
    lambda scope: query.load_score_series(scope, day(0), day(20)),
]


@pytest.mark.parametrize("read_something", READS)
def test_who_owns_nothing_reads_nothing(estate: Estate, read_something: Callable[[Scope], object]) -> None:
    assert read_something(Scope.of(user("owner"), estate.organization)) == []
    assert read_something(Scope.of(user("admin", is_active=False), estate.organization)) == []


def test_another_owners_things_do_not_exist(estate: Estate) -> None:
    owner = user("owner")
    Ownership.objects.create(user=owner, account=estate.web)
    mine = Scope.of(owner, estate.organization)
    foreign = query.findings(estate.scope(as_of=day(15))).get(check_id="bucket_private")

    assert {r.name for r in query.resources(mine)} == {"site", "logs", "new"}
    for what in (
        lambda: query.get_finding(mine, foreign.finding_id),
        lambda: query.build_finding_timeline(mine, foreign.finding_id),
        lambda: query.get_resource(mine, foreign.resource_id),
        lambda: query.get_snapshot(Scope.of(user("owner")), Snapshot.objects.get(as_of=day(0)).pk),
    ):
        with pytest.raises(Http404):
            what()


@pytest.mark.parametrize("asked", ["get_finding", "list_versions", "list_episodes_of_resource", "get_resource"])
def test_one_thing_is_asked_for_with_its_own_account_alone(estate: Estate, asked: str) -> None:
    found = query.findings(estate.scope(as_of=day(15))).filter(account=estate.web).first()
    assert found is not None
    number = found.finding_id if asked == "get_finding" else found.resource_id

    with CaptureQueriesContext(connection) as queries:
        assert getattr(query, asked)(estate.scope(), number)

    records = [each["sql"] for each in queries if "_record" in each["sql"]]
    assert records
    assert all(f"ANY('{{{estate.web.pk}}}'::bigint[])" in sql for sql in records)


def test_sweeps_in_scope(estate: Estate) -> None:
    newest = query.snapshots(estate.scope()).first()
    assert newest is not None
    assert newest.as_of == day(20)
    assert newest.state == "complete"
    assert len(query.account_sweeps(estate.scope(), newest)) == 2
    assert len(query.account_sweeps(estate.scope(account=estate.web), newest)) == 1


def test_an_organization_without_accounts_shows_its_first_sweep() -> None:
    empty = organization()
    first = Snapshot.objects.create(organization=empty, as_of=day(0), trigger="onboarding")

    assert list(query.snapshots(Scope.of(user(), empty))) == [first]
    assert query.load_score(Scope.of(user(), empty)) is None


def test_an_account_that_left_is_in_the_past_alone(estate: Estate) -> None:
    estate.web.left_at = day(25)
    estate.web.save()
    close_left_account(estate.web, day(25))

    assert [each.account for each in query.summarize_accounts(estate.scope(as_of=day(30)))] == [estate.data]
    assert {each.account for each in query.summarize_accounts(estate.scope(as_of=day(22)))} == {estate.web, estate.data}
    assert {r.name for r in query.resources(estate.scope())} == {"pii", "disk"}
    assert {r.name for r in query.resources(estate.scope(as_of=day(22)))} >= {"site", "logs"}


def test_a_unit_without_accounts_reads_empty(estate: Estate) -> None:
    empty = Scope.of(estate.admin, unit=unit(estate.organization, "empty"))

    assert query.load_score_series(empty, day(0), day(20)) == []
    assert query.load_score(empty) is None
