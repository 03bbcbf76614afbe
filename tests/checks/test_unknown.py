"""A field that AWS refused makes an outcome UNKNOWN or changes nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import posture.checks
from posture.core.check import Check, Example, denied
from posture.core.outcome import Status
from posture.core.values import AbsentFieldError, UnknownFieldError, all_found, any_of, first_known
from tests.checks.test_examples import CHECKS, judged
from tests.declared import Broken, usable

HIDDEN = denied("example:Denied")
SOURCES = sorted(Path(posture.checks.__file__).parent.glob("*.py"))
SIDE_DOORS = {"known", "raw", "raw_config", "raw_observed", "raw_tags"}
"""What shows a field without raising where it is unknown."""
NAMES = {"AbsentFieldError", "BaseException", "Exception", "Unknown", "UnknownFieldError", "suppress"}
CATCHABLE = {"ValueError"}
"""What a check may catch: nothing that an unknown or absent field raises."""


def hidden_below(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Yield a value once for each field in it, however deep, with it unreadable."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield f"{place}.{key}", {**value, key: HIDDEN}
            for path, blind in hidden_below(item, f"{place}.{key}"):
                yield path, {**value, key: blind}
    if isinstance(value, list | tuple):
        for index, item in enumerate(value):
            for path, blind in hidden_below(item, f"{place}[{index}]"):
                yield path, [*value[:index], blind, *value[index + 1 :]]


def blinded(example: Example) -> Iterator[tuple[str, Example]]:
    """Yield an example once for each field of it and its neighbours, unreadable."""
    for part in ("config", "observed"):
        for place, blind in hidden_below(getattr(example, part), part):
            yield place, replace(example, **{part: blind})
    if isinstance(example.tags, dict) and example.tags:
        yield "tags", replace(example, tags=HIDDEN)
    for index, near in enumerate(example.related):
        others = [*example.related[:index], *example.related[index + 1 :]]
        for part in ("raw_config", "raw_observed", "raw_tags"):
            for place, blind in hidden_below(getattr(near, part), f"related[{index}].{part}"):
                yield place, replace(example, related=[*others, replace(near, **{part: blind})])
        yield f"related[{index}] tags", replace(example, related=[*others, replace(near, raw_tags=HIDDEN)])


@pytest.mark.parametrize("check", CHECKS)
def test_a_hidden_field_makes_the_outcome_unknown_or_changes_nothing(check: Check | Broken) -> None:
    check = usable(check)
    for number, example in enumerate(check.examples):
        for place, blind in blinded(example):
            outcome = judged(check, blind)
            said = f"example {number}, {place}: {outcome.reason}"
            assert outcome.status in {example.status, Status.UNKNOWN}, said
            assert not outcome.reason.startswith("The check itself failed"), said


def test_neighbours_and_nested_fields_are_hidden_too() -> None:
    examples = [example for one in CHECKS if isinstance(one.values[0], Check) for example in one.values[0].examples]
    places = [place for example in examples for place, _ in blinded(example)]

    assert sum(place.startswith("related") for place in places) > 100
    assert any("[0]." in place for place in places)


def side_doors(source: str) -> list[str]:
    """Return where a check's source avoids the exception that an unknown field raises."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in SIDE_DOORS:
            found.append(f"line {node.lineno}: .{node.attr}")
        if isinstance(node, ast.Name) and node.id in NAMES:
            found.append(f"line {node.lineno}: {node.id}")
        if isinstance(node, ast.ExceptHandler):
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if not all(isinstance(one, ast.Name) and one.id in CATCHABLE for one in caught):
                found.append(f"line {node.lineno}: except")
    return found


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_no_check_looks_past_an_unknown_field(source: Path) -> None:
    assert side_doors(source.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "bucket.config.known('Policy')",
        "bucket.raw_config.get('Policy')",
        "bucket.config.raw['Policy']",
        "isinstance(value, Unknown)",
        "try:\n    pass\nexcept UnknownFieldError:\n    pass",
        "try:\n    pass\nexcept Exception:\n    pass",
        "try:\n    pass\nexcept (ValueError, KeyError):\n    pass",
        "try:\n    pass\nexcept:\n    pass",
        "with suppress(ValueError):\n    pass",
    ],
)
def test_each_way_past_an_unknown_field_is_found(source: str) -> None:
    assert side_doors(source)


def refused() -> Any:
    raise UnknownFieldError(HIDDEN)


def missing() -> Any:
    raise AbsentFieldError("Policy")


def test_a_field_that_is_left_out_counts_as_unknown_among_alternatives() -> None:
    assert any_of(missing, lambda: True)
    assert first_known(missing, lambda: 1) == 1
    assert all_found(missing, lambda: [2]) == [2]
    for none in (lambda: any_of(missing, lambda: False), lambda: all_found(missing, list)):
        with pytest.raises(AbsentFieldError):
            none()


def test_of_alternatives_one_known_yes_suffices_and_no_needs_all() -> None:
    assert any_of(refused, lambda: True)
    assert not any_of(lambda: False, lambda: None)
    with pytest.raises(UnknownFieldError):
        any_of(lambda: False, refused)


def test_the_first_known_answer_counts_and_none_needs_all() -> None:
    assert first_known(refused, lambda: None, lambda: 0, lambda: 1) == 0
    assert first_known(lambda: None) is None
    with pytest.raises(UnknownFieldError):
        first_known(refused, lambda: None)


def test_what_was_found_counts_and_nothing_needs_all() -> None:
    assert all_found(lambda: [1], refused, lambda: [2]) == [1, 2]
    assert all_found(list) == []
    with pytest.raises(UnknownFieldError):
        all_found(list, refused)
