"""The orders that the list of findings offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from posture.web import parameters
from posture.web.scoping import here_with

BY_FIX = {
    "": "Severity, then points",
    "-points": "Most points first",
    "-resources": "Most findings first",
    "-accounts": "Most accounts first",
    "oldest": "Oldest first",
    "-fresh": "Most new first",
}
ONE_BY_ONE = {
    "": "Severity, then age",
    "opened_at": "Oldest first",
    "-opened_at": "Newest first",
    "account": "By account",
    "check_id": "By problem",
}


@dataclass(frozen=True, slots=True)
class Order:
    """One order: its words, the list ordered so, and whether it is."""

    words: str
    url: str
    is_on: bool


def words_of(sort: str) -> str:
    """Return what an order is called."""
    words = {**ONE_BY_ONE, **BY_FIX}.get(sort, f"ordered by {sort.lstrip('-').replace('_', ' ')}")
    return words[:1].lower() + words[1:]


def orders(request: HttpRequest, *, is_grouped: bool) -> Sequence[Order]:
    """Return the ways to order the list, including one set by a column's head."""
    sort = parameters.text(request, "sort")
    known = BY_FIX if is_grouped else ONE_BY_ONE
    view = parameters.text(request, "view") or "all"
    found = [Order(words, here_with(request, sort=key, view=view), key == sort) for key, words in known.items()]
    return found if sort in known else [*found, Order("By column", here_with(request, view=view), is_on=True)]
