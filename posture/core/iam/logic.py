"""Kleene's three-valued logic: True, False, and None for what is not known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Truth: TypeAlias = "bool | None"


def all_of(truths: Iterable[Truth]) -> Truth:
    """Return the conjunction: False decides, whatever is not known."""
    result: Truth = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            result = None
    return result


def any_of(truths: Iterable[Truth]) -> Truth:
    """Return the disjunction: True decides, whatever is not known."""
    result: Truth = False
    for truth in truths:
        if truth is True:
            return True
        if truth is None:
            result = None
    return result


def negated(truth: Truth) -> Truth:
    """Return the negation; of what is not known, neither is the negation."""
    return None if truth is None else not truth


def certain(truth: Truth, *, is_certain: bool) -> Truth:
    """Return a truth, or None for a True that is not certain."""
    return truth if is_certain or not truth else None
