"""Holds the examples in CONTRIBUTING.md to what checks and collectors must pass."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from posture.core.check import Check
from posture.core.collector import Collector
from posture.frameworks import all_frameworks
from tests.checks import test_examples, test_unknown
from tests.collectors import test_collectors

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
NAME = "athena_work_group"


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[tuple[Check, Collector]]:
    """Yield the check and the collector of the page, as if their files were in place."""
    check, collector = [source for language, source in BLOCKS if language == "python"]
    (answers,) = [source for language, source in BLOCKS if language == "json"]
    (tmp_path / f"{NAME}.json").write_text(answers)
    monkeypatch.setattr(test_collectors, "ANSWERS", tmp_path)
    made_check = declared(monkeypatch, "checks", check, Check)
    made_collector = declared(monkeypatch, "collectors", collector, Collector)
    collectors = [*test_examples.COLLECTORS, pytest.param(made_collector)]
    monkeypatch.setattr(test_examples, "COLLECTORS", collectors)
    yield made_check, made_collector
    test_collectors.gathered.cache_clear()


def declared(monkeypatch: pytest.MonkeyPatch, room: str, source: str, kind: type[Any]) -> Any:
    """Return what the source declares, run as a module of its room."""
    module = ModuleType(f"posture.{room}.{NAME}")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(source, f"{NAME}.py", "exec"), vars(module))  # noqa: S102 - a page of the repository
    (made,) = [value for value in vars(module).values() if isinstance(value, kind)]
    return made


def test_the_check_is_whole(example: tuple[Check, Collector]) -> None:
    check, _ = example
    for number in range(len(check.examples)):
        test_examples.test_an_example_is_judged_as_it_says_by_what_it_shows(check, number)
        test_unknown.test_a_hidden_field_makes_the_outcome_unknown_or_changes_nothing(check, number)
    test_examples.test_a_check_shows_what_passes_what_fails_and_what_cannot_be_told(check)
    test_examples.test_a_check_tells_its_reader_everything(check)
    test_examples.test_a_problem_is_a_short_sentence_that_states_no_good_state(check)
    test_examples.test_the_controls_of_a_check_are_known(check)
    test_examples.test_a_check_lies_beside_the_collector_of_its_type(check)


def test_the_collector_is_whole(example: tuple[Check, Collector]) -> None:
    _, collector = example
    test_collectors.test_it_finds_its_resources_in_recorded_answers(collector)
    test_collectors.test_it_calls_only_what_it_declares_and_declares_only_what_it_calls(collector)
    test_collectors.test_its_actions_exist_and_read_no_customers_data(collector)
    test_collectors.test_its_paths_are_well_formed_and_its_columns_lead_somewhere(collector)
    test_collectors.test_it_says_what_its_type_is(collector)


def test_the_check_judges_what_the_collector_finds(example: tuple[Check, Collector]) -> None:
    check, collector = example
    (found,), _ = test_collectors.gathered(collector)
    assert check.function(found).status.value == "pass"


def test_the_table_of_practices_is_the_framework() -> None:
    named = dict(re.findall(r"`practices:(\w+)` \| ([^|]+?) \|", TEXT))
    assert named == {control.id: control.title for control in all_frameworks()["practices"].controls}


@pytest.mark.parametrize(("kind", "heading"), [(Check, "## Add a check"), (Collector, "## Add a resource type")])
def test_the_tables_name_parameters_that_exist(kind: type[Any], heading: str) -> None:
    section = TEXT.split(f"\n{heading}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+) \| (?!practice)", section, re.MULTILINE)
    names = {name for row in rows for name in re.findall(r"`(\w+)`", row)} - {"clock"}
    assert names
    assert names <= set(kind.__dataclass_fields__)
