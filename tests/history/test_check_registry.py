"""What follows from the checks is computed once, and again if the checks change."""

from __future__ import annotations

from collections.abc import Mapping

from posture.checks import all_checks
from posture.core.check import Check
from posture.history.ingest.check_registry import PerRegistry
from posture.history.ingest.rollups import practices_of


def test_it_is_made_once_of_the_same_checks_and_again_of_others() -> None:
    made: list[int] = []

    def count(checks: Mapping[str, Check]) -> int:
        made.append(len(checks))
        return len(checks)

    number = PerRegistry(count)
    checks = all_checks()
    assert [number.of(checks), number.of(checks)] == [len(checks)] * 2
    assert made == [len(checks)]
    fewer = dict([*checks.items()][:3])
    assert [number.of(fewer), number.of(checks)] == [3, len(checks)]
    assert made == [len(checks), 3, len(checks)]


def test_the_practices_of_a_check_are_those_that_it_declares() -> None:
    for check in all_checks().values():
        served = [one.partition(":")[2] for one in check.controls if one.startswith("practices:")]
        assert list(practices_of(check.id)) == served
    assert practices_of("no_such_check") == ()
