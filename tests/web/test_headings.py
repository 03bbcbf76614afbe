"""Headings name what a page shows: none is a question."""

from __future__ import annotations

import re

from django.conf import settings
from django.urls import URLResolver, get_resolver

from posture.frameworks import all_frameworks
from posture.pages.practices.queries import PRACTICES
from posture.pages.practices.views import FrameworkPage
from posture.web.lists import TablePage

HEADING = re.compile(r"<h([1-3])[^>]*>(.*?)</h\1>|\{% block title %\}(.*?)\{% endblock %\}", re.DOTALL)
JOINED = re.compile(r"[,;·]\{% endif %\}\{% endfor %\}")
TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))


def test_no_heading_of_a_template_is_a_question() -> None:
    found = {(one, heading[0]) for one in TEMPLATES for heading in HEADING.finditer(one.read_text())
             if "?" in (heading[2] or heading[3])}  # fmt: skip
    assert found == set()


def test_named_things_are_apart_from_each_other() -> None:
    """The items of a loop have a space between them."""
    assert {(one, joined) for one in TEMPLATES for joined in JOINED.findall(one.read_text())} == set()


def test_no_list_is_headed_by_a_question() -> None:
    lists = list(_lists(get_resolver()))
    assert len(lists) > 9
    headings = [heading for one in lists for heading in _headings(one)]
    assert len(headings) > 9
    assert [heading for heading in headings if "?" in heading] == []


def _headings(view: type[TablePage]) -> list[str]:
    """Return what heads a list: nothing of ours where people named what it shows."""
    if not issubclass(view, FrameworkPage):
        heading: object = view.heading
        return [heading] if isinstance(heading, str) else []
    pages = []
    for framework_id in all_frameworks().keys() - {PRACTICES}:
        pages.append(view())
        pages[-1].kwargs = {"framework_id": framework_id}
    return [page.heading for page in pages]


def _lists(resolver: URLResolver) -> list[type[TablePage]]:
    found: list[type[TablePage]] = []
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            found += _lists(entry)
        elif isinstance(view := getattr(entry.callback, "view_class", None), type) and issubclass(view, TablePage):
            found.append(view)
    return found
