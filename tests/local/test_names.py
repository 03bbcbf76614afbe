"""A name leads to one type."""

from __future__ import annotations

import ast
from collections import defaultdict

from devtools.local.installation import ROOT

BY_CONVENTION = {"Command", "Migration"}
"""Names that Django looks for in a module of each application."""


def test_no_two_types_of_the_product_share_a_name() -> None:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for folder in ("accounts", "posture"):
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.parse(file.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef) and node.name not in BY_CONVENTION:
                    found[node.name].append(file.relative_to(ROOT).as_posix())
    assert len(found) > 500
    assert {name: files for name, files in found.items() if len(files) > 1} == {}
