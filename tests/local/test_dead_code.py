"""Dead code is found, and what templates, SQL or dotted names use is not dead."""

from __future__ import annotations

from pathlib import Path

import pytest

from devtools.local.dead_code import Allowed, problems, read_allowed

SOURCE = """
def used(): ...

def in_template(): ...

def in_sql(): return "SELECT in_sql FROM here"

def by_dotted_name(): return "area.module.by_dotted_name"

def dead(): ...

def called_by_library(): ...

@check("a")
def registered(): ...

used()
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "area").mkdir()
    (tmp_path / "area" / "module.py").write_text(SOURCE)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text("{{ row.in_template }}")
    return tmp_path


def test_what_nothing_names_is_found(project: Path) -> None:
    allowed = [Allowed(["called_by_*"], "area/*", "*", "a library calls it")]
    assert problems(project, allowed, ["area"]) == ["area/module.py:10: unused function 'dead'"]


def test_an_entry_that_excuses_nothing_is_a_fault(project: Path) -> None:
    allowed = [Allowed(["dead"], "elsewhere/*", "*", "wrong file"), Allowed(["dead"], "*", "variable", "wrong kind")]
    assert [line for line in problems(project, allowed, ["area"]) if "excuses nothing" in line] == [
        "dead_code.toml: dead in elsewhere/* excuses nothing",
        "dead_code.toml: dead in * excuses nothing",
    ]


def test_every_entry_has_its_reason() -> None:
    assert all(one.reason and one.names for one in read_allowed())
