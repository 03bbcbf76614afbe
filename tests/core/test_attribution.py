"""Score attribution as arithmetic: the parts always add up to the whole."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.template.defaultfilters import floatformat
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.core.attribution import Cause, Delta, Moves, in_steps, split, whole
from posture.core.outcome import Severity
from posture.core.score import Tally, band

counts = st.integers(0, 6)
tally_of = {
    check_id: st.builds(
        Tally, st.just(check_id), st.just(severity), passed=counts, failed=counts, unknown=counts, stale=counts,
        accepted=counts, gap_units=st.integers(0, 2),
    )
    for check_id, severity in (("a", Severity.CRITICAL), ("b", Severity.MEDIUM), ("c", Severity.LOW))
}  # fmt: skip
checks = st.fixed_dictionaries({}, optional=tally_of)
moves = st.dictionaries(st.sampled_from("abc"), st.builds(Moves, *[st.integers(0, 3)] * 8))
rules = st.dictionaries(st.sampled_from("abc"), st.sampled_from([Cause.RULE, Cause.PARAMETER]))


@settings(max_examples=300, deadline=None)
@given(before=checks, after=checks, moved=moves, ruled=rules)
def test_the_parts_add_up_whatever_is_said_to_have_moved(
    before: dict[str, Tally], after: dict[str, Tally], moved: dict[str, Moves], ruled: dict[str, Cause]
) -> None:
    old, new = band(before.values()), band(after.values())
    found = split(before, after, moved, ruled)
    if old is None or new is None:
        assert found == {}
        return
    sum_of_parts = sum(found.values(), Delta())
    assert (sum_of_parts.low, sum_of_parts.high) == pytest.approx((new.low - old.low, new.high - old.high), abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(before=tally_of["a"], other=tally_of["b"])
def test_mending_and_breaking_are_the_only_causes(before: Tally, other: Tally) -> None:
    if not before.failed or not band([before, other]):
        return
    after = Tally("a", before.severity, before.passed + before.failed, 0, before.unknown, before.stale,
                  accepted=before.accepted, gap_units=before.gap_units)  # fmt: skip
    broken, mended = {"a": before, "b": other}, {"a": after, "b": other}
    there = split(broken, mended, {"a": Moves(fixed=before.failed)})
    assert set(there) <= {Cause.FIXED}
    assert there.get(Cause.FIXED, Delta()).low >= 0
    back = split(mended, broken, {"a": Moves(regressed=before.failed)})
    assert set(back) <= {Cause.REGRESSED}
    assert back.get(Cause.REGRESSED, Delta()).low <= 0


def one(check_id: str = "a", **figures: int) -> dict[str, Tally]:
    return {check_id: Tally(check_id, Severity.HIGH, **figures)}


def test_deleting_what_fails_is_no_fix() -> None:
    found = split(one(passed=1, failed=1), one(passed=1), {"a": Moves(gone_failing=1)})
    assert found == {Cause.DELETED: Delta(50, 50)}


def test_good_and_bad_newcomers_are_distinguished_from_deletions() -> None:
    found = split(one(passed=1, failed=1), one(passed=2), {"a": Moves(new_passing=1, gone_failing=1)})
    assert set(found) == {Cause.NEW, Cause.DELETED}
    assert found[Cause.NEW].low > 0


def test_visibility_lost_moves_the_ends_apart() -> None:
    found = split(one(passed=2), one(passed=1, unknown=1), {})
    assert found == {Cause.VISIBILITY: Delta(-50, 0)}


def test_whatever_moves_under_another_rule_is_put_down_to_it() -> None:
    moved = {"a": Moves(fixed=1, new_failing=3)}
    assert set(split(one(failed=1), one(passed=1, failed=3), moved, {"a": Cause.RULE})) == {Cause.RULE}


def test_a_whole_step_has_one_cause() -> None:
    assert whole(one(passed=1, failed=1), one(passed=1, accepted=1), Cause.DECIDED) == {Cause.DECIDED: Delta(50, 50)}
    assert whole(one(accepted=1), one(failed=1), Cause.DECIDED) == {}


def test_without_anything_left_on_the_way_the_next_cause_takes_the_jump() -> None:
    before = {**one("a", failed=1)}
    after = {**one("b", passed=1)}
    found = split(before, after, {"a": Moves(gone_failing=1), "b": Moves(new_passing=1)})
    assert sum(found.values(), Delta()) == Delta(100, 100)


@given(st.integers(0, 10**5), st.lists(st.integers(-3000, 3000), max_size=9), st.integers(1, 2))
def test_rounded_parts_add_up_to_the_rounded_scores(before: int, parts: list[int], digits: int) -> None:
    """Given in thousandths, so that it is known to which side halves go."""
    first, *steps = in_steps(before / 1000, [part / 1000 for part in parts], digits)

    assert f"{first:.{digits}f}" == floatformat(Decimal(before) / 1000, digits)
    assert round(first + sum(steps), digits) == float(floatformat(Decimal(before + sum(parts)) / 1000, digits))
    for step, part in zip(steps, parts, strict=True):
        assert abs(step - part / 1000) < 10**-digits + 1e-9
        assert part or not step


def test_a_digests_parts_are_those_of_its_scores() -> None:
    """Each rounded by itself they were +0.6 and -0.2, between 85.2 and 85.5."""
    assert in_steps(85.16, [0.56, -0.2], 1) == [85.2, pytest.approx(0.5), pytest.approx(-0.2)]
