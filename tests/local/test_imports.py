"""No modules import each other in a circle, whatever folders they are in."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

import grimp
import pytest

PACKAGES = ("accounts", "devtools", "posture")
KNOWN = {
    ("posture.history.codec", "posture.history.models"),
    ("posture.web.table_cells", "posture.web.tables"),
}
"""Imports that close a circle and are still to be opened: importer and imported."""


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    graph = grimp.build_graph(*PACKAGES)
    return {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}


def circles(imports: dict[str, set[str]]) -> Iterator[list[str]]:
    """Yield a circle, if there is one."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        yield error.args[1]


def test_no_modules_import_each_other_in_a_circle(imports: dict[str, set[str]]) -> None:
    opened = {one: {other for other in found if (one, other) not in KNOWN} for one, found in imports.items()}
    assert list(circles(opened)) == []


def test_a_circle_would_be_found() -> None:
    assert list(circles({"a": {"b"}, "b": {"c"}, "c": {"a"}})) != []
    assert list(circles({"a": {"b"}, "b": {"c"}, "c": set()})) == []
