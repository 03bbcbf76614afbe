"""Populations lose nothing: they are judged as their members would have been."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.checks import checks_of
from posture.collectors import all_collectors
from posture.core.check import EXAMPLE_ACCOUNT, EXAMPLE_NOW, Check, Example
from posture.core.clock import Clock
from posture.core.collector import Collector
from posture.core.outcome import Status
from posture.core.population import Group, Population
from posture.core.related import Neighbourhood
from posture.core.resource import POPULATION, Resource
from posture.sweep.population_aggregation import fold
from tests.checks.test_examples import hidden

WORST_FIRST = (Status.FAIL, Status.UNKNOWN, Status.PASS, Status.NOT_APPLICABLE)
FOLDING = [
    (collector, check)
    for kind, collector in all_collectors().items()
    if collector.population
    for check in checks_of(kind)
    if check.examples
]


def all_in_one(collector: Collector) -> Collector:
    """Return a collector that takes everything for members of one group."""
    assert collector.population is not None
    taken = Population(lambda *_: Group("all", "all"), collector.population.apart, collector.population.since)
    return replace(collector, population=taken)


def members_of(check: Check, examples: list[Example]) -> list[Resource]:
    """Return examples of a check as resources, without those that are populations."""
    made = [replace(each, name=f"member-{number}") for number, each in enumerate(examples)]
    return [each.resource(check.resource_type) for each in made if POPULATION not in each.config]


def variants(check: Check) -> list[Example]:
    """Return a check's examples without neighbours, and each with one field unseen."""
    plain = [each for each in check.examples if not (each.related or each.gaps or each.not_offered)]
    clear = [each for each in plain if each.status in {Status.PASS, Status.FAIL}]
    return plain + [blind for each in clear for _, blind in hidden(each)]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_population_is_judged_as_the_worst_of_its_members(data: st.DataObject) -> None:
    collector, check = data.draw(st.sampled_from(FOLDING))
    found = members_of(check, data.draw(st.lists(st.sampled_from(variants(check)), min_size=1, max_size=5)))
    if not found:
        return
    around = Neighbourhood.of_example(found, (), EXAMPLE_ACCOUNT)
    # What a check says of members as such, which it may know by the key.
    keyed = [replace(each, raw_config={POPULATION: "all", **each.raw_config}) for each in found]
    singly = {check._judge(each, around, Clock(EXAMPLE_NOW)).status for each in keyed}
    worst = next(status for status in WORST_FIRST if status in singly)
    (seen,), _ = fold(found, [], [all_in_one(collector)])

    for kept in (seen, replace(seen, members=())):
        said = check.judge(kept, around, Clock(EXAMPLE_NOW))
        assert said.status is worst, said.reason
        assert not said.reason.startswith("The check itself failed"), said.reason


@pytest.mark.parametrize(("collector", "check"), [pytest.param(*each, id=each[1].id) for each in FOLDING])
def test_one_failing_member_of_two_fails_the_population(collector: Collector, check: Check) -> None:
    plain = [each for each in check.examples if not each.related and not each.gaps]
    failing, passing = ([each for each in plain if each.status is status] for status in (Status.FAIL, Status.PASS))
    for pair in product(failing, passing):
        found = members_of(check, list(pair))
        around = Neighbourhood.of_example(found, (), EXAMPLE_ACCOUNT)
        keyed = [replace(each, raw_config={POPULATION: "all", **each.raw_config}) for each in found]
        if Status.FAIL not in {check._judge(each, around, Clock(EXAMPLE_NOW)).status for each in keyed}:
            continue
        (seen,), _ = fold(found, [], [all_in_one(collector)])
        for kept in (seen, replace(seen, members=())):
            assert check.judge(kept, around, Clock(EXAMPLE_NOW)).status is Status.FAIL, pair


def test_the_fold_meets_checks_that_look_at_what_is_observed() -> None:
    assert any(check.judges_members for _, check in FOLDING)
    assert any(not check.judges_members for _, check in FOLDING)
