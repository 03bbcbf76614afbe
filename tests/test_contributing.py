"""Holds the examples in CONTRIBUTING.md to what checks and collectors must pass."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from posture.core.check import Check
from posture.core.collector import Collector
from posture.frameworks import all_frameworks
from tests.checks import test_examples, test_unknown
from tests.checks.test_examples import CHECKS
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


def parametrized_by(params: list[Any], *modules: ModuleType) -> list[Callable[..., None]]:
    """Return the tests of some modules that run over all of these parameters."""
    return [
        value
        for module in modules
        for value in vars(module).values()
        for mark in getattr(value, "pytestmark", ())
        if mark.name == "parametrize" and mark.args[1] is params
    ]


def test_the_check_is_whole(example: tuple[Check, Collector]) -> None:
    check, _ = example
    of_checks = parametrized_by(CHECKS, test_examples, test_unknown)
    assert len(of_checks) > 5
    for test in of_checks:
        test(check)


def test_the_collector_is_whole(example: tuple[Check, Collector]) -> None:
    _, collector = example
    of_collectors = parametrized_by(test_collectors.COLLECTORS, test_collectors)
    assert len(of_collectors) > 4
    for test in of_collectors:
        test(collector)


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
