"""The store against a naive model that keeps full copies: equal at every instant, whatever happened."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AwsAccount
from posture.core.gap import Gap, GapReason
from posture.core.resource import Resource
from posture.core.score import band
from posture.history import read
from posture.history.record import close_left_account
from posture.history.scope import Scope
from tests.history import naive
from tests.history.naive import Naive
from tests.history.rules import BUCKET, VOLUME
from tests.history.world import DENIED, REGIONS, account, bucket, day, gap, organization, result_of, sweep, user, volume

pytestmark = pytest.mark.django_db

DAYS = 6


@dataclass(frozen=True)
class Delivery:
    """A result handed over: for a day, which may be before the last one, or the same."""

    account: int
    day: int
    resources: tuple[Resource, ...]
    gaps: tuple[Gap, ...]
    regions: tuple[str, ...]


@dataclass(frozen=True)
class Leaving:
    """An account leaves, some time after its last result."""

    account: int


flag = st.booleans()
buckets = st.builds(
    lambda name, public, encrypted, website, team: bucket(
        name, {"team": team}, REGIONS[0], Public=public, Encrypted=encrypted, Website=website
    ),
    st.sampled_from("abc"), flag | st.just(DENIED), flag | st.just(DENIED), flag | st.just(DENIED),
    st.sampled_from(["red", "blue"]),
)  # fmt: skip
volumes = st.builds(
    lambda name, region, encrypted: volume(f"{name}-{region}", region, Encrypted=encrypted),
    st.sampled_from("v"), st.sampled_from(REGIONS), flag,
)  # fmt: skip
some = st.lists(buckets | volumes, max_size=5, unique_by=lambda resource: resource.arn)
gaps = st.sampled_from([gap(BUCKET), gap(VOLUME), gap(VOLUME, REGIONS[1]), gap(VOLUME, reason=GapReason.PLAN_MISSING)])
deliveries = st.builds(
    Delivery,
    account=st.integers(0, 1),
    day=st.integers(0, DAYS),
    resources=some.map(tuple),
    gaps=st.one_of(st.just([]), st.lists(gaps, max_size=2, unique_by=lambda each: each.action + each.region)).map(
        tuple
    ),
    regions=st.sampled_from([REGIONS, REGIONS, REGIONS[:1]]),
)
refusals = st.builds(
    Delivery, account=st.integers(0, 1), day=st.integers(0, DAYS), resources=st.just(()),
    gaps=st.just((gap(),)), regions=st.just(()),
)  # fmt: skip
leavings = st.builds(Leaving, account=st.integers(0, 1))
# Mostly in order, so that much of it is taken in.
stories = st.lists(st.one_of(deliveries, deliveries, deliveries, refusals, leavings), min_size=1, max_size=7).flatmap(
    lambda steps: st.just(steps) | st.just(sorted(steps, key=lambda step: getattr(step, "day", DAYS)))
)


def visible(delivery: Delivery) -> Delivery:
    """Drop what the delivery's own gaps and regions would not have shown."""
    shown = tuple(
        resource
        for resource in delivery.resources
        if (resource.region in delivery.regions or resource.type == BUCKET)
        and not any(each.reason.blinds and each.covers(resource.region, resource.type) for each in delivery.gaps)
    )
    return Delivery(delivery.account, delivery.day, shown, delivery.gaps, delivery.regions)


def play(story: list[Delivery | Leaving], accounts: list[AwsAccount]) -> list[Naive]:
    """Tell the story to the store and to the naive model."""
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
            shown = visible(step)
            sweep(owner, day(step.day), shown.resources, shown.gaps, regions=shown.regions)
            history.apply(
                day(step.day), result_of(owner, day(step.day), shown.resources, shown.gaps, regions=shown.regions)
            )
    return histories


def stored_things(scope: Scope) -> dict[str, tuple[Any, ...]]:
    return {
        record.arn: (record.name, record.config, record.tags, record.valid_from, record.unseen_since)
        for record in read.resources(scope)
    }


def stored_findings(scope: Scope) -> dict[tuple[str, str], tuple[Any, ...]]:
    return {
        (record.resource_arn, record.check_id): (record.status, record.opened_at, record.stale_since)
        for record in read.findings(scope)
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
    assert {tally.check_id: tally for tally in read.tallies(scope)} == expected.tallies
    found, whole = read.score(scope), band(expected.tallies.values())
    assert (found is None) == (whole is None)
    if found and whole:
        assert found.low == pytest.approx(whole.low)
        assert found.high == pytest.approx(whole.high)
    assert {
        (each.region, each.resource_type, each.action): each.opened_at for each in read.gaps(scope)
    } == expected.gaps


@settings(
    max_examples=25,
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
            if history.copies:
                assert_same(Scope.of(admin, acme, account=owner), history.copies[max(history.copies)])

        since, until = sorted(day(number / 2) for number in pair)
        counts = read.changes(Scope.of(admin, acme), since, until).counts
        expected = sum((naive.between(each.at(since), each.at(until)) for each in histories), Counter[str]())
        assert (counts.added, counts.removed, counts.changed, counts.sight) == tuple(
            expected[kind] for kind in ("added", "removed", "changed", "sight")
        )
        opened = sum(since < at <= until for history in histories for at in history.opened)
        resolved = sum(since < at <= until for history in histories for at in history.resolved)
        assert (counts.opened + counts.reopened, counts.resolved) == (opened, resolved)
        transaction.set_rollback(True)


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(resources=some, blind=gaps)
def test_losing_sight_never_raises_the_lower_end_of_a_stored_score(resources: list[Resource], blind: Gap) -> None:
    with transaction.atomic():
        acme, admin = organization(), user()
        owner = account(acme)
        sweep(owner, day(0), resources)
        before = read.score(Scope.of(admin, acme))
        hidden = [resource for resource in resources if not blind.covers(resource.region, resource.type)]
        if blind.reason.blinds:
            sweep(owner, day(1), hidden, [blind])
            after = read.score(Scope.of(admin, acme))
            assert after is not None
            assert before is None or after.low <= before.low + 1e-9
            sweep(owner, day(2), [], [gap()], regions=[])
            refused = read.score(Scope.of(admin, acme))
            assert refused is not None
            assert refused.low <= after.low + 1e-9
        transaction.set_rollback(True)
