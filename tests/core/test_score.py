"""The score's formula, and what must hold of it whatever is found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.core.outcome import Severity
from posture.core.score import Band, Tally, band, gain, mean, terms

few = st.integers(0, 5)
COUNTS = ("passed", "failed", "unknown", "stale", "accepted", "not_applicable", "gap_units")


@st.composite
def accounts(draw: st.DrawFn) -> list[Tally]:
    """Tallies of distinct checks."""
    return [
        Tally(f"check_{number}", draw(st.sampled_from(Severity)), **{name: draw(few) for name in COUNTS})
        for number in range(draw(st.integers(0, 4)))
    ]


def low(tallies: list[Tally]) -> float:
    found = band(tallies)
    assert found is not None
    return found.low


def moved(tallies: list[Tally], index: int, source: str, target: str) -> list[Tally] | None:
    """One resource moved from one count to another, or None where there is none."""
    tally = tallies[index]
    if not getattr(tally, source):
        return None
    changed = tally._replace(**{source: getattr(tally, source) - 1, target: getattr(tally, target) + 1})
    return [*tallies[:index], changed, *tallies[index + 1 :]]


def test_the_formula_by_hand() -> None:
    tallies = [
        Tally("a", Severity.CRITICAL, passed=3, failed=1),
        Tally("b", Severity.MEDIUM, passed=1, unknown=1),
        Tally("c", Severity.LOW, not_applicable=9, accepted=2),
    ]

    found = band(tallies)

    assert found
    assert found.low == pytest.approx(100 * (1 - (40 * 0.25 + 3 * 0.5) / 43))
    assert found.high == pytest.approx(100 * (1 - (40 * 0.25) / 43))
    assert [term.tally.check_id for term in terms(tallies)] == ["a", "b"]


def test_a_blind_place_counts_as_one_unknown_unit() -> None:
    assert band([Tally("a", Severity.HIGH, gap_units=1)]) == Band(0.0, 100.0)


def test_what_failed_when_last_seen_fails_at_both_ends() -> None:
    assert band([Tally("a", Severity.HIGH, stale=1)]) == Band(0.0, 0.0)


def test_nothing_to_judge_has_no_score() -> None:
    assert band([]) is None
    assert band([Tally("a", Severity.HIGH, not_applicable=3, accepted=1)]) is None
    assert mean([]) is None
    assert mean([(None, 1.0)]) is None


def test_a_scope_is_the_mean_of_its_accounts_by_weight() -> None:
    assert mean([(Band(40, 60), 1.0), (Band(80, 90), 3.0), (None, 9.0)]) == Band(70, 82.5)
    assert mean([(Band(40, 60), 0.0), (Band(80, 90), 0.0)]) == Band(60, 75)


def test_a_band_reads_as_one_number_where_both_ends_agree() -> None:
    assert str(Band(71.2, 71.4)) == "71"
    assert str(Band(71.2, 83.0)) == "71 to 83"


@given(accounts())
def test_low_never_exceeds_high(tallies: list[Tally]) -> None:
    found = band(tallies)

    assert found is None or 0 <= found.low <= found.high <= 100


@given(accounts(), st.data())
def test_fixing_never_lowers_and_breaking_never_raises(tallies: list[Tally], data: st.DataObject) -> None:
    if not tallies:
        return
    index = data.draw(st.integers(0, len(tallies) - 1))
    source = data.draw(st.sampled_from(["failed", "stale", "unknown"]))
    after = moved(tallies, index, source, "passed")
    if after is None:
        return
    before_band, after_band = band(tallies), band(after)

    assert before_band
    assert after_band
    # Read forwards this is a fix, backwards a break.
    assert after_band.low >= before_band.low - 1e-9
    assert after_band.high >= before_band.high - 1e-9


@given(accounts(), st.data())
def test_losing_visibility_never_raises_the_lower_end(tallies: list[Tally], data: st.DataObject) -> None:
    if band(tallies) is None:
        return
    index = data.draw(st.integers(0, len(tallies) - 1))
    source, target = data.draw(st.sampled_from([("passed", "unknown"), ("failed", "stale"), ("failed", "unknown")]))
    after = moved(tallies, index, source, target)

    assert after is None or low(after) <= low(tallies) + 1e-9


@given(accounts(), st.data())
def test_a_place_gone_blind_never_raises_the_lower_end(tallies: list[Tally], data: st.DataObject) -> None:
    if band(tallies) is None:
        return
    index = data.draw(st.integers(0, len(tallies) - 1))
    tally = tallies[index]
    after = [*tallies[:index], tally._replace(gap_units=tally.gap_units + 1), *tallies[index + 1 :]]

    assert low(after) <= low(tallies) + 1e-9


@given(accounts())
def test_mending_all_that_fails_gains_what_the_unknown_leaves(tallies: list[Tally]) -> None:
    before = band(tallies)
    if before is None:
        return
    after = band([tally.fixed for tally in tallies])
    assert after

    assert gain(tallies, [tally.check_id for tally in tallies]) == pytest.approx(after.low - before.low)
    assert after.high == pytest.approx(100)


@given(st.lists(st.tuples(st.none() | st.builds(Band, st.floats(0, 50), st.floats(50, 100)), st.floats(0, 100))))
def test_a_mean_stays_within_its_accounts(pairs: list[tuple[Band | None, float]]) -> None:
    found = mean(pairs)
    present = [each for each, _ in pairs if each]

    assert (found is None) == (not present)
    if found:
        assert min(each.low for each in present) - 1e-9 <= found.low <= max(each.low for each in present) + 1e-9
        assert found.low <= found.high
