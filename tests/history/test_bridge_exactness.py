"""The store's attribution against one from full copies, over random stories."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posture.core.attribution import Cause
from posture.history import query
from posture.history.scope import Scope
from tests.depth import examples
from tests.history import naive_bridge
from tests.history.naive import Naive
from tests.history.test_exactness import DAYS, Delivery, Leaving, play, stories
from tests.history.world import account, day, organization, unit, user

pytestmark = pytest.mark.django_db


def assert_held(scope: Scope, histories: list[Naive], weights: list[float], since: datetime, until: datetime) -> None:
    found = query.compute_cohort_score(scope, since, until)
    ends = [naive_bridge.held(each, since, until) for each in histories]
    known = [(each, weight) for each, weight in zip(ends, weights, strict=True) if each]
    assert (found is None) == (not known)
    if found is not None:
        total = sum(weight for _, weight in known)
        low, high = (sum(each[end] * weight for each, weight in known) / total for end in (0, 1))
        assert (found.low, found.high) == pytest.approx((low, high), abs=1e-6)


def assert_same(scope: Scope, histories: list[Naive], weights: list[float], since: datetime, until: datetime) -> None:
    assert_held(scope, histories, weights, since, until)
    found = query.attribute_score(scope, since, until)
    for at, shown in ((since, found.before), (until, found.after)):
        known = [naive_bridge.score(naive_bridge.figures_of(each.at(at))) for each in histories]
        assert (shown is None) == (not any(known))
    if not found.is_whole:
        assert found.parts == ()
        return
    expected = naive_bridge.of_scope(histories, weights, since, until)
    for part in found.parts:
        assert (part.low, part.high) == pytest.approx((expected[part.cause, 0], expected[part.cause, 1]), abs=1e-6)
    assert found.before is not None
    assert found.after is not None
    assert sum(part.low for part in found.parts) == pytest.approx(found.after.low - found.before.low, abs=1e-6)
    assert sum(part.high for part in found.parts) == pytest.approx(found.after.high - found.before.high, abs=1e-6)
    assert (found.unattributed.low, found.unattributed.high) == pytest.approx((0.0, 0.0), abs=1e-6)
    assert found.part(Cause.FIXED).low >= -1e-6
    assert found.part(Cause.REGRESSED).low <= 1e-6


@settings(
    max_examples=examples(4),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=stories, pair=st.tuples(st.integers(-1, 2 * DAYS), st.integers(0, 2 * DAYS)))
def test_the_parts_are_those_of_full_copies_and_add_up(story: list[Delivery | Leaving], pair: tuple[int, int]) -> None:
    with transaction.atomic():
        acme, admin = organization(), user()
        floor = unit(acme, "floor")
        accounts = [account(acme, unit=floor), account(acme, weight=3.0)]
        histories = play(story, accounts)
        instants = sorted({at for each in histories for at in each.copies})
        drawn = sorted(day(number / 2) for number in pair)
        for since, until in [(drawn[0], drawn[1]), (instants[0], instants[-1])]:
            assert_same(Scope.of(admin, acme), histories, [1.0, 3.0], since, until)
            assert_same(Scope.of(admin, acme, unit=floor), histories[:1], [1.0], since, until)
            for owner, history in zip(accounts, histories, strict=True):
                assert_same(Scope.of(admin, acme, account=owner), [history], [1.0], since, until)
        transaction.set_rollback(True)
