"""Who gets what of the coverage pages' URLs."""

from __future__ import annotations

from tests.web.access import Page

MATRIX = {
    "coverage:matrix": Page(),
    "coverage:summary": Page(),
    "coverage:time": Page(),
    "coverage:list": Page(),
    "coverage:account": Page(kwargs=lambda world: {"account_id": world.ours.account_id}, stranger=404),
}
