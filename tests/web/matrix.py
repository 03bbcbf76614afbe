"""Who gets what of the frame's and the persons' own URLs."""

from __future__ import annotations

from tests.web.access import LOGIN, Page

MATRIX = {
    "web:scope": Page(),
    "web:progress": Page(),
    "web:palette": Page(query=lambda _: {"q": "volume"}),
    "web:opened": Page(
        method="post", data={"key": "page:drift"}, owner=204, stranger=204, executive=204, admin=204, is_scoped=False
    ),
    "web:shortcuts": Page(is_scoped=False),
    "web:switch_shortcuts": Page(method="post", owner=302, stranger=302, executive=302, admin=302, is_scoped=False),
    "web:tour": Page(is_scoped=False),
    "web:dismiss_tour": Page(method="post", owner=302, stranger=302, executive=302, admin=302, is_scoped=False),
    "accounts:login": Page(anonymous=200, owner=302, stranger=302, executive=302, admin=302),
    "accounts:logout": Page(anonymous=302, owner=302, stranger=302, executive=302, admin=302, method="post"),
    "accounts:home": Page(owner=302, stranger=302, executive=302, admin=302),
    "accounts:profile": Page(anonymous=LOGIN, is_scoped=False),
}
