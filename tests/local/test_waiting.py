"""Tests of pages wait for what they look for.

What is shown at once on one machine takes a second on another.
"""

from __future__ import annotations

import ast
from pathlib import Path

TESTS = Path(__file__).parent.parent
AT_ONCE = {"is_visible", "is_hidden", "is_checked", "is_enabled", "is_disabled"}
AFTER = {"click", "press", "check", "uncheck", "fill", "go_back", "reload"}
MOVING = {"count", "inner_text", "text_content", "url"}


def hasty(source: str) -> list[int]:
    """Return the lines of assertions that look at a page at once.

    At its state, or at anything right after an act.
    """
    found: list[int] = []
    for block in blocks(ast.parse(source)):
        for before, statement in zip([None, *block], block, strict=False):
            if isinstance(statement, ast.Assert):
                names = called(statement)
                if names & AT_ONCE or (names & MOVING and before is not None and acts(before)):
                    found.append(statement.lineno)
    return found


def blocks(tree: ast.Module) -> list[list[ast.stmt]]:
    """Return each sequence of statements of a module."""
    return [
        body
        for node in ast.walk(tree)
        for name in ("body", "orelse")
        if isinstance(body := getattr(node, name, None), list)
    ]


def called(node: ast.AST) -> set[str]:
    """Return the names of the attributes in an expression."""
    return {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}


def acts(statement: ast.stmt) -> bool:
    """Return whether a statement ends in an act upon a page."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in AFTER


def test_haste_is_found() -> None:
    assert hasty("page.click()\nassert page.locator('a').count() == 1") == [2]
    assert hasty("def test():\n    if a:\n        assert not page.get_by_text('a').is_visible()") == [3]
    assert hasty("page.click()\nexpect(page.locator('a')).to_have_count(1)\nassert page.locator('b').count()") == []


def test_no_test_of_a_page_is_hasty() -> None:
    """`expect(...)` waits; it is used instead."""
    found = {path: hasty(path.read_text(encoding="utf-8")) for path in TESTS.rglob("*.py") if path != Path(__file__)}
    assert {str(path.relative_to(TESTS)): lines for path, lines in found.items() if lines} == {}
