"""The store equals a naive model of full copies at every instant."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AwsAccount
from posture.core.gap import Gap, GapReason
from posture.core.resource import Resource
from posture.core.score import band
from posture.history import query
from posture.history.ingest import close_left_account, prior_reading
from posture.history.models import AccountState
from posture.history.query.counts import count_by_type, count_by_type_lately
from posture.history.query.rollups import load_points
from posture.history.scope import Scope
from tests.depth import examples
from tests.history import naive
from tests.history.naive import Naive
from tests.history.rules import BUCKET, VOLUME
from tests.history.world import (
    DENIED,
    OUTDATED,
    REGIONS,
    account,
    bucket,
    day,
    gap,
    organization,
    result_of,
    sweep,
    user,
    volume,
)

pytestmark = pytest.mark.django_db

DAYS = 8


@dataclass(frozen=True)
class Delivery:
    """A result handed over: for a day, which may be before the last one, or the same."""

    account: int
    day: int
    resources: tuple[Resource, ...]
    gaps: tuple[Gap, ...]
    regions: tuple[str, ...]
    keeps_volumes: bool = False
    """Volumes are not read again where the last full reading saw them as a whole."""


@dataclass(frozen=True)
class Leaving:
    """An account leaves, some time after its last result."""

    account: int


Configs = dict[str, dict[str, Any] | None]
"""What an account holds, by name; None for what is not there."""

AT_FIRST: Configs = {"a": {}, "b": {}, "v": {}, "w": None}
FIELDS: dict[str, list[Any]] = {
    "Public": [True, False, DENIED, OUTDATED],
    "Encrypted": [False, True, DENIED, OUTDATED],
    "Website": [True, False, DENIED],
    "team": ["red", "blue"],
}


@dataclass(frozen=True)
class Edit:
    """One edit to a resource before a delivery: a field is set, or it goes or returns."""

    name: str
    field: str
    value: Any


edits = st.sampled_from(
    [Edit(name, field, value) for name in "ab" for field, values in FIELDS.items() for value in values]
    + [Edit(name, "Encrypted", value) for name in "vw" for value in (True, False, DENIED)]
    + [Edit(name, "there", value) for name in "abvw" for value in (True, False)]
)
gaps = st.sampled_from(
    [
        gap(BUCKET),
        gap(BUCKET, reason=GapReason.ROLE_OUT_OF_DATE),
        gap(VOLUME),
        gap(VOLUME, REGIONS[1]),
        gap(VOLUME, reason=GapReason.PLAN_MISSING),
    ]
)


@dataclass(frozen=True)
class Step:
    """Edits to an account and then a delivery some days on, or the account leaves."""

    account: int
    days: int
    edits: tuple[Edit, ...]
    gaps: tuple[Gap, ...]
    regions: tuple[str, ...]
    leaves: bool
    keeps_volumes: bool = False


steps = st.builds(
    Step,
    account=st.sampled_from([0, 0, 0, 1]),
    days=st.sampled_from([1, 1, 1, 1, 0, -1]),
    edits=st.lists(edits, min_size=1, max_size=3).map(tuple),
    gaps=st.sampled_from([0, 0, 1, 2]).flatmap(
        lambda number: st.just((gap(),)) if number == 2 else st.tuples(*[gaps] * number)
    ),
    regions=st.sampled_from([REGIONS, REGIONS, REGIONS, REGIONS[:1]]),
    leaves=st.sampled_from([False] * 9 + [True]),
    keeps_volumes=st.booleans(),
)


def to_deliveries(chosen: list[Step]) -> list[Delivery | Leaving]:
    """Turn steps into a story, mostly forwards, at times the same day again, or late."""
    now, story = 0, list[Delivery | Leaving]()
    holds = [copy.deepcopy(AT_FIRST), copy.deepcopy(AT_FIRST)]
    for step in chosen:
        for edit in step.edits:
            _edit(holds[step.account], edit)
        now = max(0, now + step.days)
        refused = any(each.resource_type == "*" for each in step.gaps)
        regions = () if refused else step.regions
        keeps = step.keeps_volumes and not refused
        story.append(Delivery(step.account, now, resources_of(holds[step.account]), step.gaps, regions, keeps))
        if step.leaves:
            story.append(Leaving(step.account))
    return story


def _edit(holds: Configs, edit: Edit) -> None:
    if edit.field == "there":
        holds[edit.name] = (holds[edit.name] or {}) if edit.value else None
    else:
        holds[edit.name] = (holds[edit.name] or {}) | {edit.field: edit.value}


def resources_of(holds: Configs) -> tuple[Resource, ...]:
    """Build the resources of an account: two buckets, and a volume in each region."""
    found = []
    for name, config in holds.items():
        if config is not None and name in "ab":
            rest = dict(config)
            found.append(bucket(name, {"team": rest.pop("team", "red")}, **{"Website": False} | rest))
        elif config is not None:
            found.append(volume(name, REGIONS["vw".index(name)], **config))
    return tuple(found)


def _held(chosen: list[Edit]) -> tuple[Resource, ...]:
    holds = copy.deepcopy(AT_FIRST)
    for edit in chosen:
        _edit(holds, edit)
    return resources_of(holds)


some = st.lists(edits, max_size=4).map(_held)
stories = st.lists(steps, min_size=4, max_size=9).map(to_deliveries)


def visible(delivery: Delivery) -> Delivery:
    """Drop what the delivery's own gaps and regions would not have shown."""
    shown = tuple(
        resource
        for resource in delivery.resources
        if (resource.region in delivery.regions or resource.type == BUCKET)
        and not any(each.reason.blinds and each.covers(resource.region, resource.type) for each in delivery.gaps)
    )
    return replace(delivery, resources=shown)


def play(story: list[Delivery | Leaving], accounts: list[AwsAccount]) -> list[Naive]:
    """Record the story in the store and in the naive model."""
    histories = [Naive() for _ in accounts]
    for step in story:
        owner, history = accounts[step.account], histories[step.account]
        if isinstance(step, Leaving):
            if history.copies:
                at = max(history.copies)
                if history.copies[at] != naive.Copy():
                    history.leave(at.replace(hour=18) if at.hour < 18 else at.replace(hour=at.hour + 1))
                    close_left_account(owner, max(history.copies))
        else:
            record(owner, history, visible(step))
    return histories


def record(owner: AwsAccount, history: Naive, shown: Delivery) -> None:
    """Record a delivery in both; each keeps the volumes that it knows itself."""
    kept = history.keeps(VOLUME) if shown.keeps_volumes else {}
    stored = stored_volumes(owner) if shown.keeps_volumes else {}
    assert stored == kept
    reused = [region for region in kept if region in shown.regions]
    gaps = [each for each in shown.gaps if not any(each.covers(region, VOLUME) for region in reused)]
    read = [each for each in shown.resources if each.type != VOLUME or each.region not in reused]
    options: dict[str, Any] = {
        "regions": shown.regions,
        "reused": [(VOLUME, region) for region in reused],
        "reader": "this code",
    }
    at, judged = day(shown.day), shown.day % 2 == 0
    sweep(owner, at, read + [each for region in reused for each in stored[region]], gaps, judged=judged, **options)
    known = read + [each for region in reused for each in kept[region]]
    history.apply(at, result_of(owner, at, known, gaps, **options))


def stored_volumes(owner: AwsAccount) -> dict[str, list[Resource]]:
    """Return the volumes that the store hands to a sweep, by region."""
    state = AccountState.objects.filter(pk=owner.pk).first()
    prior = prior_reading.load(state, owner.account_id, [VOLUME], ()) if state else None
    return {region: list(found) for (_, region), found in prior.listings.items()} if prior else {}


def stored_things(scope: Scope) -> dict[str, tuple[Any, ...]]:
    return {
        record.arn: (record.name, record.config, record.tags, record.valid_from, record.unseen_since)
        for record in query.resources(scope)
    }


def stored_findings(scope: Scope) -> dict[tuple[str, str], tuple[Any, ...]]:
    return {
        (record.resource_arn, record.check_id): (record.status, record.opened_at, record.stale_since)
        for record in query.findings(scope)
    }


def assert_same(scope: Scope, expected: naive.Copy) -> None:
    """Everything that can be read as of an instant equals the full copy."""
    assert stored_things(scope) == {
        arn: (*naive.whole(thing), thing.valid_from, thing.unseen_since) for arn, thing in expected.things.items()
    }
    assert stored_findings(scope) == {
        key: (failure.status.value, failure.opened_at, failure.stale_since)
        for key, failure in expected.findings.items()
    }
    assert {tally.check_id: tally for tally in query.sum_tallies(scope)} == expected.tallies
    found, whole = query.load_score(scope), band(expected.tallies.values())
    assert (found is None) == (whole is None)
    if found and whole:
        assert found.low == pytest.approx(whole.low)
        assert found.high == pytest.approx(whole.high)
    assert {
        (each.region, each.resource_type, each.reason): each.opened_at for each in query.gaps(scope)
    } == expected.gaps
    fields = [each for each in query.all_gaps(scope) if each.resources is not None]
    keys = [(each.region, each.resource_type, each.action, each.reason, each.error) for each in fields]
    assert {key: each.resources for key, each in zip(keys, fields, strict=True)} == expected.unread
    assert {key: each.opened_at for key, each in zip(keys, fields, strict=True)} == expected.unread_since
    for point in load_points(scope, scope.as_of).values():
        resources, hidden, empty = expected.extent
        assert (point.resources, point.empty_gaps) == (resources, empty)
        assert point.blind_share == pytest.approx((hidden + empty) / ((resources + empty) or 1))


def assert_same_between(scope: Scope, histories: list[Naive], since: datetime, until: datetime) -> None:
    """Changes between two instants equal the difference of copies, and the events."""
    counts = query.changes_between(scope, since, until).counts
    expected = sum((naive.between(each.at(since), each.at(until)) for each in histories), Counter[str]())
    assert (counts.added, counts.removed, counts.changed, counts.sight, counts.same) == tuple(
        expected[kind] for kind in ("added", "removed", "changed", "sight", "same")
    )
    opened = sum(since < at <= until for history in histories for at in history.opened)
    resolved = sum(since < at <= until for history in histories for at in history.resolved)
    assert (counts.opened + counts.reopened, counts.resolved) == (opened, resolved)


def assert_listed_as_counted(changes: query.Changes) -> None:
    """The lists of what changed are as long as the counts say."""
    kinds = ("added", "removed", "changed", "sight", "opened", "reopened", "resolved")
    assert {kind: getattr(changes, kind).count() for kind in kinds} == {
        kind: getattr(changes.counts, kind) for kind in kinds
    }


@settings(
    max_examples=examples(4),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=stories, pair=st.tuples(st.integers(-1, 2 * DAYS), st.integers(0, 2 * DAYS)))
def test_as_of_and_between_agree_with_full_copies(story: list[Delivery | Leaving], pair: tuple[int, int]) -> None:
    with transaction.atomic():
        acme, admin = organization(), user()
        accounts = [account(acme), account(acme)]
        histories = play(story, accounts)
        instants: list[datetime] = sorted({at for history in histories for at in history.copies} | {day(-1), day(2.5)})
        for owner, history in zip(accounts, histories, strict=True):
            for at in instants:
                assert_same(Scope.of(admin, acme, account=owner, as_of=at), history.at(at))
                counted = count_by_type_lately([owner.pk], at)
                assert counted == count_by_type([owner.pk], at)
                there = [(thing.resource.type, thing.unseen_since) for thing in history.at(at).things.values()]
                unseen = Counter(kind for kind, since in there if since)
                assert counted == {kind: (n, unseen[kind]) for kind, n in Counter(kind for kind, _ in there).items()}
            if history.copies:
                assert_same(Scope.of(admin, acme, account=owner), history.copies[max(history.copies)])

        drawn = sorted(day(number / 2) for number in pair)
        for since, until in [(drawn[0], drawn[1]), (instants[0], instants[-1]), *pairwise(instants)]:
            assert_same_between(Scope.of(admin, acme), histories, since, until)
        assert_listed_as_counted(query.changes_between(Scope.of(admin, acme), drawn[0], drawn[1]))
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("spoiled", "gaps", "regions"),
    [
        pytest.param(Edit("v", "Encrypted", False), (), REGIONS, id="a change"),
        pytest.param(Edit("v", "there", False), (), REGIONS, id="a miss"),
        pytest.param(Edit("v", "Encrypted", DENIED), (), REGIONS, id="an unknown field"),
        pytest.param(Edit("v", "Encrypted", False), (gap(VOLUME, REGIONS[0]),), REGIONS, id="a gap"),
        pytest.param(Edit("v", "Encrypted", False), (gap(),), REGIONS, id="a refused account"),
        pytest.param(Edit("w", "there", True), (), REGIONS[:1], id="a region left out"),
    ],
)
def test_sweeps_that_keep_volumes_agree_with_full_copies(
    spoiled: Edit, gaps: tuple[Gap, ...], regions: tuple[str, ...]
) -> None:
    acme, admin = organization(), user()
    owner = account(acme)
    other = Edit("a", "Public", True)
    steps = [
        Step(0, 1, (Edit("v", "Encrypted", True),), (), REGIONS, leaves=False),
        Step(0, 1, (spoiled,), gaps, regions, leaves=False),
        Step(0, 1, (other,), (), REGIONS, leaves=False, keeps_volumes=True),
        Step(0, 1, (Edit("v", "Encrypted", True),), (), REGIONS, leaves=False, keeps_volumes=True),
        Step(0, 1, (replace(other, value=False),), (), REGIONS, leaves=False),
    ]
    (history,) = play(to_deliveries(steps), [owner])
    for at in history.copies:
        assert_same(Scope.of(admin, acme, account=owner, as_of=at), history.at(at))
    for since, until in [(day(0), max(history.copies)), *pairwise(history.copies)]:
        assert_same_between(Scope.of(admin, acme), [history], since, until)


@settings(
    max_examples=examples(3),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(resources=some, blind=gaps)
def test_lost_visibility_never_raises_the_lower_end_of_a_stored_score(
    resources: tuple[Resource, ...], blind: Gap
) -> None:
    with transaction.atomic():
        acme, admin = organization(), user()
        owner = account(acme)
        sweep(owner, day(0), resources)
        before = query.load_score(Scope.of(admin, acme))
        hidden = [resource for resource in resources if not blind.covers(resource.region, resource.type)]
        if blind.reason.blinds:
            sweep(owner, day(1), hidden, [blind])
            after = query.load_score(Scope.of(admin, acme))
            assert after is not None
            assert before is None or after.low <= before.low + 1e-9
            sweep(owner, day(2), [], [gap()], regions=[])
            refused = query.load_score(Scope.of(admin, acme))
            assert refused is not None
            assert refused.low <= after.low + 1e-9
        transaction.set_rollback(True)
