"""A full reading is kept as it was stored, where it was whole."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from accounts.models import AwsAccount
from posture.core.gap import ANY, Gap, GapReason
from posture.core.prior_reading import PriorReading
from posture.core.resource import Resource
from posture.history import query
from posture.history.ingest import Recorded, close_left_account, prior_reading
from posture.history.models import AccountPoint, AccountState
from posture.history.scope import Scope
from tests.history import world
from tests.history.rules import BUCKET, VOLUME
from tests.history.world import DENIED, REGIONS, bucket, day, gap, volume

pytestmark = pytest.mark.django_db

HERE, THERE = [(VOLUME, region) for region in REGIONS]
HELD = [volume("a", Encrypted=False, observed={"State": "in-use"}), volume("b", REGIONS[1]), bucket("c", Public=True)]


@pytest.fixture
def owner() -> AwsAccount:
    return world.account(world.organization())


def read_all(
    owner: AwsAccount, at: datetime, resources: Sequence[Resource] = HELD, *gaps: Gap, **rest: Any
) -> Recorded:
    return world.sweep(owner, at, resources, gaps, judged=False, reader="this code", **rest)


def load(owner: AwsAccount, once: Collection[str] = ()) -> PriorReading | None:
    return prior_reading.load(AccountState.objects.get(pk=owner.pk), owner.account_id, [VOLUME], once)


def listings(owner: AwsAccount) -> set[tuple[str, str]]:
    prior = load(owner)
    assert prior is not None
    return {*prior.listings}


def owned(owner: AwsAccount, resource: Resource) -> Resource:
    return replace(resource, account_id=owner.account_id)


def test_a_full_reading_is_kept_as_it_was_read(owner: AwsAccount) -> None:
    read_all(owner, day(0))

    prior = load(owner, once=[BUCKET])

    assert prior is not None
    assert prior.read_at == day(0)
    assert prior.listings == {
        HERE: [owned(owner, HELD[0])],
        THERE: [owned(owner, HELD[1])],
        (BUCKET, ANY): [owned(owner, HELD[2])],
    }


def test_a_listing_that_was_empty_is_kept_as_empty(owner: AwsAccount) -> None:
    read_all(owner, day(0), HELD[:1])

    prior = load(owner)

    assert prior is not None
    assert prior.listings[THERE] == ()


def test_a_result_of_unknown_code_keeps_nothing(owner: AwsAccount) -> None:
    world.sweep(owner, day(0), HELD)

    assert load(owner) is None


def test_a_sweep_that_kept_types_is_no_full_reading(owner: AwsAccount) -> None:
    read_all(owner, day(0))
    read_all(owner, day(1), reused=[HERE], reused_from=day(0))
    read_all(owner, day(2), [*HELD, bucket("new")], reused=[HERE], reused_from=day(0))

    state = AccountState.objects.get(pk=owner.pk)
    assert (state.last_at, state.full_read_at) == (day(2), day(0))


def test_a_full_reading_that_finds_nothing_new_is_noted(owner: AwsAccount) -> None:
    read_all(owner, day(0))
    recorded = read_all(owner, day(1))

    assert recorded.note == "Nothing has changed."
    assert AccountState.objects.get(pk=owner.pk).full_read_at == day(1)


@pytest.mark.parametrize(
    ("failed", "expected"),
    [
        (gap(VOLUME, REGIONS[1]), {HERE}),
        (gap(VOLUME, REGIONS[1], GapReason.SERVICE_NOT_ENABLED), {HERE}),
        (gap(ANY, REGIONS[1]), {HERE}),
        (gap(VOLUME), set()),
        (gap(BUCKET), {HERE, THERE}),
    ],
)
def test_what_could_not_be_read_is_asked_again(owner: AwsAccount, failed: Gap, expected: set[Any]) -> None:
    read_all(owner, day(0), HELD[:1], failed)

    assert listings(owner) == expected


def test_what_was_missed_is_asked_again_until_it_is_gone(owner: AwsAccount) -> None:
    read_all(owner, day(0))
    read_all(owner, day(1), HELD[1:])
    assert listings(owner) == {THERE}

    read_all(owner, day(2), HELD[1:])
    assert listings(owner) == {HERE, THERE}


def test_a_resource_with_an_unknown_field_is_asked_again(owner: AwsAccount) -> None:
    read_all(owner, day(0), [volume("a", Encrypted=DENIED), volume("b", REGIONS[1], observed={"State": DENIED})])

    assert listings(owner) == set()


def test_what_cannot_be_stored_as_it_was_read_is_asked_again(owner: AwsAccount) -> None:
    odd = volume("a")
    read_all(owner, day(0), [replace(odd, name="a\x00b"), replace(odd, arn="arn:\x00", region=REGIONS[1])])

    assert listings(owner) == set()


def test_regions_that_were_not_read_are_not_kept(owner: AwsAccount) -> None:
    read_all(owner, day(0), HELD[:1], regions=REGIONS[:1])

    assert listings(owner) == {HERE}


def test_a_refused_account_keeps_nothing_that_it_hides(owner: AwsAccount) -> None:
    read_all(owner, day(0))
    read_all(owner, day(1), [], gap(), regions=())

    assert listings(owner) == set()
    assert AccountState.objects.get(pk=owner.pk).full_read_at == day(0)


def test_an_account_that_left_keeps_nothing(owner: AwsAccount) -> None:
    read_all(owner, day(0))
    close_left_account(owner, day(1))

    assert load(owner) is None


def test_findings_scores_and_gaps_stay_while_types_are_kept(owner: AwsAccount) -> None:
    denied = gap(BUCKET)
    read_all(owner, day(0), HELD[:2], denied)
    before = state_of(owner)
    prior = load(owner)
    assert prior is not None
    reused = [each for listed in prior.listings.values() for each in listed]

    for number in (0.25, 0.5, 0.75):
        recorded = read_all(owner, day(number), reused, denied, reused=[*prior.listings], reused_from=prior.read_at)
        assert recorded.note == "Nothing has changed."

    assert state_of(owner) == before
    assert before["findings"] == [("volume_encrypted", day(0), None)]


def test_what_is_read_at_every_sweep_changes_while_types_are_kept(owner: AwsAccount) -> None:
    read_all(owner, day(0))
    prior = load(owner)
    assert prior is not None
    reused = [each for listed in prior.listings.values() for each in listed]

    recorded = read_all(owner, day(0.5), [*reused, bucket("c")], reused=[*prior.listings], reused_from=prior.read_at)

    assert (recorded.opened, recorded.resolved) == (0, 1)
    assert state_of(owner)["findings"] == [("volume_encrypted", day(0), None)]


def state_of(owner: AwsAccount) -> dict[str, Any]:
    scope = Scope.of(world.user(), owner.organization, account=owner)
    point = AccountPoint.objects.filter(account=owner).latest("at")
    return {
        "resources": sorted(query.resources(scope).values_list("arn", "valid_from", "open_unseen_since")),
        "findings": [(each.check_id, each.opened_at, each.stale_since) for each in query.findings(scope)],
        "gaps": [(each.region, each.resource_type, each.opened_at) for each in query.gaps(scope)],
        "score": (point.low, point.high, point.unseen, point.blind_share),
    }
